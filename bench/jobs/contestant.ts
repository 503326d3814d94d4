import { setTimeout as sleep } from 'node:timers/promises';

/** A queue under measurement: one producer and one worker in this process, 64 jobs in flight, a handler that does nothing. */
export interface Contestant {
  /** Adds so many jobs in batches. */
  add(count: number): Promise<void>;
  /** Starts the worker, waits until it has run so many jobs, and stops it; returns how long they took in milliseconds. */
  process(count: number): Promise<number>;
  /** Milliseconds from the call that submits a job until its handler begins, on an idle queue; so many samples. */
  pickUps(samples: number): Promise<number[]>;
  close(): Promise<void>;
}

export const inFlight = 64;
export const batchSize = 500;
/** About 200 bytes. */
export const payload = { to: 'someone@example.com', template: 'welcome', body: 'x'.repeat(120) };
/** A pause after each sample of the pick-up latency, in milliseconds, so that the queue is idle at the next. */
const idleMs = 5;

/** Resolves when so many jobs have begun; `begin` is called by the handler. */
export class Countdown {
  private left = 0;
  private started = 0;
  private done: ((tookMs: number) => void) | undefined;

  begin(): void {
    if (this.started === 0) this.started = performance.now();
    this.left -= 1;
    if (this.left === 0) this.done?.(performance.now() - this.started);
  }

  from(count: number): Promise<number> {
    this.left = count;
    this.started = 0;
    return new Promise((resolve) => (this.done = resolve));
  }
}

export async function measurePickUps(
  samples: number,
  listen: (handler: () => void) => void,
  add: () => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    const picked = new Promise<number>((resolve) => listen(() => resolve(performance.now())));
    const began = performance.now();
    await add();
    times.push((await picked) - began);
    await sleep(idleMs);
  }
  return times;
}
