import { errorCodes, isErrorCode, type ErrorCode } from './error-codes.js';

export interface ServiceErrorDetails {
  /** The offending member of the request, as a path: `messages.0.role`. */
  readonly param?: string;
  /** Every fault found, one sentence each; never a value that the caller sent. */
  readonly faults?: readonly string[];
  /** A finer code for programs, such as `model_not_found`; shown as `code` outside. */
  readonly reason?: string;
  /** More members of a problem (RFC 9457), for programs: `{ lastSeq: 7 }`. */
  readonly extension?: Readonly<Record<string, number | string>>;
}

/** The one fault that services throw. Its code crosses processes; classes do not. The message is safe to show outside. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ServiceErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get status(): number {
    return errorCodes[this.code];
  }

  toWire(): WireError {
    return { code: this.code, message: this.message, details: this.details };
  }

  static fromWire(wire: WireError): ServiceError {
    const code = isErrorCode(wire.code) ? wire.code : 'internal';
    return new ServiceError(code, wire.message, wire.details ?? {});
  }
}

/** A ServiceError as it crosses the bus. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details?: ServiceErrorDetails;
}
