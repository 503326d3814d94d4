import type { LabelledPair } from './labelled-pairs.js';

/** As much of an embedder as the report needs. */
export interface ReportedEmbedder {
  readonly id: string;
  /** Similarity. */
  readonly defaultThreshold: number;
  embed(texts: readonly string[], options: { signal: AbortSignal }): Promise<Float32Array[]>;
}

/** A pair with what embedder and guards say of it. */
export interface JudgedPair extends LabelledPair {
  readonly similarity: number;
  /** The guard that forbids the hit, if one does. */
  readonly veto: string | undefined;
}

/** Part of the labelled set: `fresh` is that part of the held-out half which was written when the guards were made. */
type Half = 'held-out' | 'fresh' | 'tune';

interface KindRow {
  readonly kind: string;
  readonly same: boolean;
  readonly pairs: number;
  readonly hits: number;
}

export interface ReportRow {
  readonly half: Half;
  readonly threshold: number;
  readonly withGuards: boolean;
  readonly kinds: readonly KindRow[];
  /** Hits among pairs that one answer fits. */
  readonly rightHits: number;
  readonly rightPairs: number;
  readonly wrongHits: number;
  readonly wrongPairs: number;
}

export interface QualityReport {
  readonly embedder: string;
  readonly defaultThreshold: number;
  readonly rows: readonly ReportRow[];
  /** Vetoes by guard on pairs that are the same (needless) and on others. */
  readonly vetoes: readonly { half: Half; guard: string; needless: number; right: number }[];
}

export interface Judging {
  /** The guard that forbids answering one question with the other's answer. */
  veto(this: void, a: string, b: string): string | undefined;
  /** The part of a question that is embedded; all of it when absent. */
  essence?(this: void, question: string): string;
}

const batch = 64;

/** Embeds every question once and asks the guards about every pair. */
export async function judge(
  pairs: readonly LabelledPair[],
  embedder: ReportedEmbedder,
  { veto, essence = (text) => text }: Judging,
  signal: AbortSignal = new AbortController().signal,
): Promise<JudgedPair[]> {
  const texts = [...new Set(pairs.flatMap(({ a, b }) => [essence(a), essence(b)]))];
  const vectors = new Map<string, Float32Array>();
  for (let start = 0; start < texts.length; start += batch) {
    const part = texts.slice(start, start + batch);
    const embedded = await embedder.embed(part, { signal });
    part.forEach((text, index) => vectors.set(text, embedded[index] ?? new Float32Array()));
  }
  return pairs.map((pair) => {
    const [first = new Float32Array(), second = new Float32Array()] = [
      vectors.get(essence(pair.a)),
      vectors.get(essence(pair.b)),
    ];
    return { ...pair, similarity: dot(first, second), veto: veto(pair.a, pair.b) };
  });
}

/** Counts hits at each threshold, with and without guards, on each half. Pure. */
export function report(
  judged: readonly JudgedPair[],
  embedder: Pick<ReportedEmbedder, 'id' | 'defaultThreshold'>,
  thresholds: readonly number[] = thresholdsAround(embedder.defaultThreshold),
): QualityReport {
  const parts = halves.map((half) => [half, judged.filter((pair) => belongs(pair, half))] as const);
  const rows = parts.flatMap(([half, of]) =>
    thresholds.flatMap((threshold) => [true, false].map((withGuards) => row(of, half, threshold, withGuards))),
  );
  const vetoes = parts.flatMap(([half, of]) => countVetoes(of, half));
  return { embedder: embedder.id, defaultThreshold: embedder.defaultThreshold, rows, vetoes };
}

const halves: readonly Half[] = ['held-out', 'fresh', 'tune'];
const freshRound = 2;

function belongs({ split, round }: LabelledPair, half: Half): boolean {
  return half === 'fresh' ? split === 'held-out' && round === freshRound : split === half;
}

function thresholdsAround(threshold: number): number[] {
  const all = [-0.15, -0.1, -0.05, 0, 0.05, 0.1].map((step) => Math.round((threshold + step) * 1_000) / 1_000);
  return all.filter((value) => value > 0 && value <= 1);
}

function row(judged: readonly JudgedPair[], half: Half, threshold: number, withGuards: boolean): ReportRow {
  const isHit = ({ similarity, veto }: JudgedPair): boolean =>
    similarity >= threshold && !(withGuards && veto !== undefined);
  const kinds = [...new Set(judged.map(({ kind, same }) => `${same ? '+' : '-'}${kind}`))].map((key): KindRow => {
    const of = judged.filter(({ kind, same }) => `${same ? '+' : '-'}${kind}` === key);
    return { kind: key.slice(1), same: key.startsWith('+'), pairs: of.length, hits: of.filter(isHit).length };
  });
  const sum = (same: boolean, of: 'hits' | 'pairs'): number =>
    kinds.filter((kind) => kind.same === same).reduce((total, kind) => total + kind[of], 0);
  return {
    half,
    threshold,
    withGuards,
    kinds,
    rightHits: sum(true, 'hits'),
    rightPairs: sum(true, 'pairs'),
    wrongHits: sum(false, 'hits'),
    wrongPairs: sum(false, 'pairs'),
  };
}

function countVetoes(judged: readonly JudgedPair[], half: Half): QualityReport['vetoes'] {
  const guards = [...new Set(judged.flatMap(({ veto }) => (veto === undefined ? [] : [veto])))].sort();
  return guards.map((guard) => {
    const of = judged.filter(({ veto }) => veto === guard);
    const needless = of.filter(({ same }) => same).length;
    return { half, guard, needless, right: of.length - needless };
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
