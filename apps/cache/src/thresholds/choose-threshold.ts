import type { CurvePoint, Share } from './curve.js';

/** What the threshold is to be best for. */
export interface Objective {
  /** The least share of right hits among hits; the best F1 is sought where it is absent. */
  readonly targetPrecision?: number;
  /** `low`: the lower end of the interval must reach the target, so that few lucky pairs do not. */
  readonly bound: 'value' | 'low';
}

/**
 * Of the points that reach the wanted precision the one with most right hits, else the best F1; of equals the strictest.
 * Undefined when no point with a right hit reaches it.
 */
export function chooseThreshold(points: readonly CurvePoint[], objective: Objective): CurvePoint | undefined {
  const { targetPrecision, bound } = objective;
  const fitting = points.filter(
    ({ precision, rightHits }) => rightHits > 0 && reaches(precision, bound, targetPrecision ?? 0),
  );
  const merit = (point: CurvePoint): number => (targetPrecision === undefined ? point.f1 : point.recall.value);
  return fitting.reduce<CurvePoint | undefined>(
    (best, point) => (best && isWorse(point, best, merit) ? best : point),
    undefined,
  );
}

function reaches(precision: Share | null, bound: Objective['bound'], target: number): boolean {
  return precision !== null && precision[bound] >= target;
}

function isWorse(point: CurvePoint, best: CurvePoint, merit: (point: CurvePoint) => number): boolean {
  const gain = merit(point) - merit(best);
  return gain < 0 || (gain === 0 && point.threshold < best.threshold);
}
