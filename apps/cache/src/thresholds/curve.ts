import { wilson } from './wilson.js';

/** A labelled pair of questions with what embedder and guards say of it. */
export interface JudgedPair {
  /** 0–1. */
  readonly similarity: number;
  /** One answer fits both questions. */
  readonly same: boolean;
  /** A guard forbids the hit. */
  readonly vetoed: boolean;
}

/** A share with its Wilson interval at 95 %. */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What would happen at one threshold: a hit is a pair at least that similar that no guard forbids. */
export interface CurvePoint {
  readonly threshold: number;
  readonly rightHits: number;
  readonly wrongHits: number;
  /** Right hits among hits; null where there is no hit. */
  readonly precision: Share | null;
  /** Right hits among pairs that one answer fits, forbidden ones included. */
  readonly recall: Share;
  /** 0–1; 0 where there is no right hit. */
  readonly f1: number;
}

/** Thresholds are told in thousandths: finer ones no set of pairs can tell apart. */
const steps = 1_000;

/**
 * Every threshold, from loose to strict, at which something changes: at most 1 001 points. Pure.
 * @param withGuards whether a forbidden pair is no hit
 */
export function curve(pairs: readonly JudgedPair[], withGuards: boolean): CurvePoint[] {
  const positives = pairs.filter(({ same }) => same).length;
  const right = new Uint32Array(steps + 1);
  const wrong = new Uint32Array(steps + 1);
  for (const { similarity, same, vetoed } of pairs) {
    if (withGuards && vetoed) continue;
    const step = stepOf(similarity);
    (same ? right : wrong)[step]! += 1;
  }
  const points: CurvePoint[] = [];
  let [rightHits, wrongHits] = [0, 0];
  for (let step = steps; step >= 0; step -= 1) {
    rightHits += right[step]!;
    wrongHits += wrong[step]!;
    const changes = right[step]! + wrong[step]! > 0 || step === steps;
    if (changes) points.push(pointAt(step / steps, { rightHits, wrongHits, positives }));
  }
  return points.reverse();
}

/** What would happen at a given threshold. */
export function pointAtThreshold(pairs: readonly JudgedPair[], threshold: number, withGuards: boolean): CurvePoint {
  const hits = pairs.filter(({ similarity, vetoed }) => similarity >= threshold && !(withGuards && vetoed));
  const rightHits = hits.filter(({ same }) => same).length;
  const positives = pairs.filter(({ same }) => same).length;
  return pointAt(threshold, { rightHits, wrongHits: hits.length - rightHits, positives });
}

/** The strictest threshold in thousandths that the pair still passes. */
function stepOf(similarity: number): number {
  const step = Math.min(steps, Math.max(0, Math.floor(similarity * steps)));
  // 0.29 × 1000 is 289.99… in floating point.
  return step < steps && (step + 1) / steps <= similarity ? step + 1 : step;
}

interface Counts {
  readonly rightHits: number;
  readonly wrongHits: number;
  readonly positives: number;
}

function pointAt(threshold: number, { rightHits, wrongHits, positives }: Counts): CurvePoint {
  const hits = rightHits + wrongHits;
  const precision = hits > 0 ? share(rightHits, hits) : null;
  const f1 = rightHits > 0 ? (2 * rightHits) / (hits + positives) : 0;
  return { threshold, rightHits, wrongHits, precision, recall: share(rightHits, positives), f1 };
}

function share(part: number, whole: number): Share {
  const [low, high] = wilson(part, whole);
  return { value: whole === 0 ? 0 : part / whole, low, high };
}
