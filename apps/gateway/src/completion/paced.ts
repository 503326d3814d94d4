import { setTimeout as delay } from 'node:timers/promises';

/** Hands frames out one by one, so many per second, as a model would have written them. */
export async function* paced(frames: readonly string[], perSecond: number): AsyncGenerator<string> {
  for (const [place, frame] of frames.entries()) {
    if (place > 0) await delay(1_000 / perSecond);
    yield frame;
  }
}
