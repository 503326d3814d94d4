/** How the engine keeps time, in milliseconds; all of it follows from the lease. */
export class QueueTimes {
  /** How often owners say that they still run their jobs; also how soon they hear that they lost one. */
  readonly heartbeatMs: number;
  /** How often each process looks for what is due: late jobs, lost ones, old outcomes. */
  readonly tendMs: number;
  /** How long a job may lie ready before it is offered again: what was read by a worker that died meanwhile. */
  readonly patienceMs: number;
  /** A reader waits on the server for so long at a time. */
  readonly blockMs = 1_000;

  constructor(readonly leaseMs = 15_000) {
    this.heartbeatMs = Math.min(1_000, leaseMs / 5);
    this.tendMs = Math.min(250, leaseMs / 5);
    this.patienceMs = 2 * leaseMs;
  }
}

/** How many jobs lie ready in the streams of a shard, beyond those that workers asked for: enough to wake waiting workers. */
export const readyWindow = 16;
/** A job that took so many workers with it is dead. */
export const mostLostWorkers = 3;
/** Dead letters are kept for a fortnight. */
export const keepDeadMs = 1_209_600_000;
/** How many outcomes, dead letters and idempotency keys a shard keeps; those that expire first make room. */
export const mostKept = 500_000;
/** How long an idempotency key answers with its job: a day. */
export const keepOnceMs = 86_400_000;
