import { ServiceError } from '#contracts';
import { DeadlineWheel } from '#redis-streams';

/** A key that holds another type than expected: foreign data, which the cache treats as if nothing were there. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}

/** Runs Redis commands; whatever Redis answers but a result (away, slow, read-only, moved) is `unavailable` to the caller. */
export async function fromRedis<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof ServiceError || error instanceof TypeError) throw error;
    throw new ServiceError('unavailable', 'The cache cannot reach its Redis.', {}, { cause: error });
  }
}

const budgets = new DeadlineWheel();

/** The result, or `unavailable` once the time (of `performance.now()`) has come: whoever asks has another way to go on. */
export function before<T>(endsAt: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leftMs = endsAt - performance.now();
    const budget = {
      deadline: Date.now() + leftMs,
      expire: () => reject(new ServiceError('unavailable', 'The cache took too long.')),
    };
    if (leftMs > 0) budgets.add(budget);
    else budget.expire();
    const settle = <Outcome>(tell: (outcome: Outcome) => void) => {
      return (outcome: Outcome) => {
        budgets.delete(budget);
        tell(outcome);
      };
    };
    work.then(settle(resolve), settle(reject));
  });
}
