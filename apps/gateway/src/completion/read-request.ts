import type { LarderRequest, Principal } from '#service';
import { readSessionControls } from '../conversation/session-controls.js';
import { Presence } from '../presence.js';
import { askingUser } from './asking-user.js';
import { readCacheControls } from './cache-controls.js';
import { readIdempotencyKey, type CompletionRequest } from './completion-request.js';
import type { Dialect, RequestBody } from './dialect.js';

interface HttpRequest {
  readonly request: LarderRequest;
  readonly principal: Principal;
  readonly client: Presence;
}

/**
 * What an HTTP request asks of a model and of the cache; the body is read by its dialect before.
 * @throws ServiceError invalid_request naming the header or member
 */
export function readRequest(
  dialect: Dialect,
  body: RequestBody,
  { request, principal, client }: HttpRequest,
): CompletionRequest {
  const { headers, rawBody } = request;
  const idempotencyKey = readIdempotencyKey(headers['idempotency-key']);
  const userId = askingUser(principal, headers, body);
  const session = readSessionControls(headers, principal);
  return {
    dialect,
    principal,
    body,
    controls: readCacheControls(headers, body),
    stream: body.stream === true,
    client,
    ...(session && { session }),
    ...(userId !== undefined && { userId }),
    ...(rawBody && { raw: rawBody }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(typeof headers.traceparent === 'string' && { traceparent: headers.traceparent }),
  };
}
