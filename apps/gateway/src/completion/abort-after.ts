/** A signal that follows another with a delay, in milliseconds: work that others profit from may be finished first. */
export function abortAfter(signal: AbortSignal, graceMs: number): AbortSignal {
  const controller = new AbortController();
  const follow = () => void setTimeout(() => controller.abort(signal.reason), graceMs).unref();
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return controller.signal;
}
