import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is yes; gives up, naming what it waited for, after a while (25 seconds unless told). */
export async function until(what: string, answer: () => boolean | Promise<boolean>, withinMs = 25_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await answer())) {
    if (Date.now() > deadline) {
      throw new Error(`Waited ${withinMs} ms in vain: ${what}`);
    }
    await sleep(20);
  }
}
