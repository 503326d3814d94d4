import { ServiceError } from '#contracts';

/** Redis did not answer, or was not asked because it lately did not; callers go on without it where they can. */
export class RedisUnavailableError extends ServiceError {
  constructor(message = 'Redis is unavailable', options?: ErrorOptions) {
    super('unavailable', message, {}, options);
  }
}
