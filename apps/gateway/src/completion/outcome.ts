/** What one upstream call came to: the form that followers of a flight, idempotent repeats and the bus share. */
export interface Outcome {
  /** HTTP status. */
  readonly status: number;
  /** chat.completion object, or `{ error }`, as JSON text. */
  readonly body: string;
  /** Headers that belong to the outcome itself, such as `retry-after`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An outcome as it reaches one client. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or the frames of an event stream. */
  readonly body: string | AsyncIterable<string>;
  readonly isEventStream: boolean;
  /** Settles when the whole answer is known; undefined when it broke off, or when the limits refused. Never rejects. */
  readonly outcome: Promise<Outcome | undefined>;
  /** The caller's own limits refused: no failure that anybody else's answer could stand in for. */
  readonly isRefused?: true;
}

const outcomeHeaders = ['retry-after', 'retry-after-ms', 'x-should-retry'];

/** The upstream headers that clients act upon. */
export function pickOutcomeHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => outcomeHeaders.includes(name)));
}

/** An outcome in OpenAI's error shape; absent members are real nulls. */
export function errorOutcome(
  status: number,
  error: { message: string; type: string; code: string | null; param?: string | null },
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  const { message, type, code, param = null } = error;
  return { status, body: JSON.stringify({ error: { message, type, param, code } }), headers };
}

/** An answer that went without something because Redis was away, and says so. */
export function withDegraded<Told extends Pick<Outcome, 'headers'>>(answer: Told, name: string): Told {
  const others = answer.headers['x-larder-degraded'];
  return { ...answer, headers: { ...answer.headers, 'x-larder-degraded': others ? `${others},${name}` : name } };
}

/** Whether repeating the request may succeed: the statuses that OpenAI's SDKs retry. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Whether upstream could not answer, as against the request being at fault: then an expired answer may stand in (RFC 5861). */
export function isUpstreamFailure(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
