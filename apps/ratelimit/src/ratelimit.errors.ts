import { ServiceError } from '#contracts';

/** Runs Redis commands; whatever Redis answers but a result (away, slow, read-only, moved) is `unavailable` to the caller. */
export async function fromRedis<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    throw redisFault(error);
  }
}

/** What callers are told of a fault that came from Redis. */
export function redisFault(error: unknown): unknown {
  if (error instanceof ServiceError || error instanceof TypeError) return error;
  return new ServiceError('unavailable', 'The limits cannot reach their Redis.', {}, { cause: error });
}

/** Whether the counters are out of reach, so that failure modes decide. */
export function isAway(error: unknown): boolean {
  return error instanceof ServiceError && (error.code === 'unavailable' || error.code === 'deadline_exceeded');
}
