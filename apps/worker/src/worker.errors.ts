import { ServiceError } from '#contracts';

/** Runs Redis commands; whatever Redis answers but a result (away, slow, read-only, moved) is `unavailable` to the caller. */
export async function fromRedis<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof ServiceError || error instanceof TypeError) throw error;
    throw new ServiceError('unavailable', 'The worker cannot reach its Redis.', {}, { cause: error });
  }
}
