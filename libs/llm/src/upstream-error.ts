import { ServiceError, type ErrorCode } from '#contracts';

export type UpstreamErrorCode = Extract<ErrorCode, 'upstream_failed' | 'unavailable' | 'deadline_exceeded'>;

/** No usable answer came from upstream. The message names the upstream and the kind of fault, and nothing else. */
export class UpstreamError extends ServiceError {
  constructor(
    code: UpstreamErrorCode,
    message: string,
    /** The upstream's name; absent when none could be asked. */
    readonly upstream?: string,
    /** Whether the same request may be sent again: nothing of an answer had come. */
    readonly retryable = false,
  ) {
    super(code, message);
  }
}

export function isUpstreamError(value: unknown): value is UpstreamError {
  return value instanceof UpstreamError;
}
