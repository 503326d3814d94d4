import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one turn may compute before others get theirs. Milliseconds. */
const longestTurnMs = 8;

/** Maps a long list without keeping other requests waiting: the event loop gets a turn every few milliseconds. */
export async function mapInTurns<In, Out>(items: readonly In[], work: (item: In, at: number) => Out): Promise<Out[]> {
  const done: Out[] = [];
  let until = performance.now() + longestTurnMs;
  for (const [at, item] of items.entries()) {
    if (performance.now() > until) {
      await nextTurn();
      until = performance.now() + longestTurnMs;
    }
    done.push(work(item, at));
  }
  return done;
}
