import { isObservable, type Observable } from 'rxjs';
import { ServiceError } from '#contracts';
import { ReplyKind } from './frames.js';
import type { Invocation } from './invocation.js';

/** Items that a source without brakes (an Observable) may be ahead of its consumer. */
const observableBuffer = 1_024;

export function isStream(value: unknown): value is AsyncIterable<unknown> | Observable<unknown> {
  return isObservable(value) || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);
}

/** Sends item after item, each for one credit; ends early when the caller stops or the deadline passes. */
export async function sendStream(
  source: AsyncIterable<unknown> | Observable<unknown>,
  invocation: Invocation,
  creditTo: string,
): Promise<void> {
  const { id } = invocation.frame;
  const iterator = (isObservable(source) ? iterate(source) : source)[Symbol.asyncIterator]();
  let sequence = 0;
  try {
    for (;;) {
      const item = await invocation.orAborted(iterator.next());
      if (item.done) break;
      await invocation.credit();
      const first = sequence === 0 ? creditTo : undefined;
      invocation.send([id, ReplyKind.next, sequence++, item.value, first]);
    }
  } catch (error) {
    // A generator that hangs in its own await cannot be waited for.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    throw error;
  }
  invocation.send([id, ReplyKind.end, sequence]);
}

async function* iterate(source: Observable<unknown>): AsyncGenerator<unknown> {
  const items: unknown[] = [];
  let state: { done: true; error?: Error } | undefined;
  let wake: (() => void) | undefined;
  const finish = (end: { done: true; error?: Error }) => {
    state ??= end;
    wake?.();
  };
  const subscription = source.subscribe({
    next: (item) => {
      if (items.length >= observableBuffer) {
        return finish({ done: true, error: new ServiceError('unavailable', 'The consumer of a stream is too slow') });
      }
      items.push(item);
      wake?.();
    },
    error: (error: unknown) =>
      finish({ done: true, error: error instanceof Error ? error : new Error('not an Error') }),
    complete: () => finish({ done: true }),
  });
  try {
    for (;;) {
      if (items.length > 0) yield items.shift();
      else if (state) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (state.error) throw state.error;
  } finally {
    subscription.unsubscribe();
  }
}
