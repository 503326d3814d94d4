/** The W3C trace context of a job that belongs to no other trace: its id names the trace. */
export function ownTrace(jobId: string): string {
  return `00-${jobId}-${jobId.slice(16)}-01`;
}
