import { ServiceError, type ErrorCode } from '#contracts';

interface ErrorNames {
  /** RFC 9457 `title`. */
  readonly title: string;
  /** `error.type` in OpenAI's shape. */
  readonly openAiType: string;
  /** `error.code` in OpenAI's shape, unless the error gives a finer one. */
  readonly openAiCode: string | null;
}

const invalid = 'invalid_request_error';
const server = 'server_error';

const names: Readonly<Record<ErrorCode, ErrorNames>> = {
  invalid_request: { title: 'Invalid request', openAiType: invalid, openAiCode: null },
  unauthenticated: { title: 'Not authenticated', openAiType: invalid, openAiCode: 'invalid_api_key' },
  forbidden: { title: 'Forbidden', openAiType: invalid, openAiCode: 'insufficient_permissions' },
  not_found: { title: 'Not found', openAiType: invalid, openAiCode: 'not_found' },
  method_not_allowed: { title: 'Method not allowed', openAiType: invalid, openAiCode: 'method_not_allowed' },
  conflict: { title: 'Conflict', openAiType: invalid, openAiCode: 'conflict' },
  payload_too_large: { title: 'Payload too large', openAiType: invalid, openAiCode: 'payload_too_large' },
  unsupported_media_type: {
    title: 'Unsupported media type',
    openAiType: invalid,
    openAiCode: 'unsupported_media_type',
  },
  failed_dependency: { title: 'Failed dependency', openAiType: server, openAiCode: 'failed_dependency' },
  rate_limited: { title: 'Too many requests', openAiType: 'rate_limit_error', openAiCode: 'rate_limit_exceeded' },
  internal: { title: 'Internal error', openAiType: server, openAiCode: 'internal_error' },
  upstream_failed: { title: 'Upstream failed', openAiType: server, openAiCode: 'upstream_failed' },
  unavailable: { title: 'Unavailable', openAiType: server, openAiCode: 'unavailable' },
  deadline_exceeded: { title: 'Deadline exceeded', openAiType: server, openAiCode: 'deadline_exceeded' },
};

/** RFC 9457. `code` is for programs, `requestId` finds the log line. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly param?: string;
  readonly faults?: readonly string[];
}

export function toProblem(error: ServiceError, requestId: string): Problem {
  const { param, faults, reason, extension } = error.details;
  return {
    ...extension,
    type: `/errors/${error.code.replaceAll('_', '-')}`,
    title: names[error.code].title,
    status: error.status,
    detail: error.message,
    code: reason ?? (error.code === 'unauthenticated' ? 'invalid_api_key' : error.code),
    requestId,
    ...(param !== undefined && { param }),
    ...(faults !== undefined && { faults }),
  };
}

/** OpenAI's error object: official clients read all four members, so absent ones are real nulls. */
export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

export function toOpenAiError(error: ServiceError): OpenAiErrorBody {
  const { openAiType, openAiCode } = names[error.code];
  const { param, reason } = error.details;
  return { error: { message: error.message, type: openAiType, param: param ?? null, code: reason ?? openAiCode } };
}
