import { furthestMs, ServiceError, traceparentPattern, type JobOrder } from '#contracts';
import type { Principal } from '#service';
import { callerOf } from './caller-rights.js';
import { userInPayload } from './user-in-payload.js';
import type { SubmitJobDto } from './job.dto.js';

/** Headers that go with an order. */
export interface OrderHeaders {
  readonly idempotencyKey?: string | undefined;
  readonly traceparent?: string | undefined;
  /** `x-larder-user`: whom it is for, where the order does not say. */
  readonly asUser?: string | undefined;
}

/**
 * An order as a caller may make it: a key that is pinned to a user orders for that user alone.
 * @throws ServiceError invalid_request naming the member or header
 */
export function submittedOrder(
  principal: Principal,
  { runAt, userId, ...order }: SubmitJobDto,
  { idempotencyKey, traceparent, asUser }: OrderHeaders = {},
): JobOrder {
  if (idempotencyKey !== undefined && (idempotencyKey === '' || idempotencyKey.length > 256)) {
    const message = 'Idempotency-Key must be 1 to 256 characters';
    throw new ServiceError('invalid_request', message, { param: 'idempotency-key' });
  }
  return {
    ...order,
    ...callerOf(principal, userId ?? asUser ?? userInPayload(order.payload)),
    ...(runAt !== undefined && { delayMs: delayUntil(runAt, order.delayMs) }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    // One that cannot be read is none (W3C Trace Context, 3.2.2).
    ...(traceparent !== undefined && traceparentPattern.test(traceparent) && { traceparent }),
  };
}

function delayUntil(runAt: string, delayMs: number | undefined): number {
  const refuse = (fault: string) => new ServiceError('invalid_request', `runAt ${fault}`, { param: 'runAt' });
  const wait = Date.parse(runAt) - Date.now();
  if (delayMs !== undefined) throw refuse('cannot stand beside delayMs');
  if (wait < 0) throw refuse('must not be in the past');
  if (wait > furthestMs) throw refuse('must not be further off than a year');
  return wait;
}
