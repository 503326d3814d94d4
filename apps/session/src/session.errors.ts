import { ServiceError } from '#contracts';

/** Runs Redis commands; whatever Redis answers but a result (away, slow, read-only, moved) is `unavailable` to the caller. */
export async function fromRedis<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof ServiceError || error instanceof TypeError) throw error;
    throw new ServiceError('unavailable', 'Sessions cannot reach their Redis.', {}, { cause: error });
  }
}

/** A session of another tenant or user is as absent as one that never was. */
export function noSession(): ServiceError {
  return new ServiceError('not_found', 'There is no such session');
}

export function noMessage(): ServiceError {
  return new ServiceError('not_found', 'There is no such message in this session');
}
