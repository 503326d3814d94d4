/** One line of a suite's table, and one member of `--json`. */
export interface Result {
  readonly name: string;
  readonly ours: number;
  /** What the peer reached in the same run; null when the goal is absolute and nothing compares. */
  readonly peer: number | null;
  readonly unit: string;
  /** ours ÷ peer. */
  readonly ratio: number | null;
  /** In words; null for a number that is only reported. */
  readonly goal: string | null;
  readonly met: boolean | null;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
}

function result({ name, unit, ours, peer }: Measured, goal: string | null, met: boolean | null): Result {
  const ratio = peer === undefined || peer === 0 ? null : round(ours / peer);
  return { name, ours: round(ours), peer: peer === undefined ? null : round(peer), unit, ratio, goal, met };
}

/** Three decimals: microseconds of a millisecond, thousandths of a ratio. */
const round = (value: number): number => Math.round(value * 1_000) / 1_000;

/** A throughput: at least so many times the peer's. */
export function atLeastTimes(factor: number, measured: Measured & { peer: number }): Result {
  return result(measured, `≥ ${factor} × peer`, measured.ours >= factor * measured.peer);
}

/** A latency: at most so much above the peer's. */
export function atMostAbove(bound: number, measured: Measured & { peer: number }): Result {
  return result(measured, `≤ peer + ${bound} ${measured.unit}`, measured.ours - measured.peer <= bound);
}

/** A latency: at most so many times the peer's. */
export function atMostTimes(factor: number, measured: Measured & { peer: number }): Result {
  return result(measured, `≤ ${factor} × peer`, measured.ours <= factor * measured.peer);
}

/** An absolute bound. */
export function atMost(bound: number, measured: Measured): Result {
  return result(measured, `≤ ${bound} ${measured.unit}`, measured.ours <= bound);
}

/** An absolute bound from below. */
export function atLeast(bound: number, measured: Measured): Result {
  return result(measured, `≥ ${bound} ${measured.unit}`, measured.ours >= bound);
}

/** A number without a goal. */
export function reported(measured: Measured): Result {
  return result(measured, null, null);
}
