import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceError, type CacheScope } from '#contracts';
import { EmbeddingError, similarity } from '#embedding';
import type { CachePolicy } from '../policy/cache-policy.js';
import { PolicyService } from '../policy/policy.service.js';
import { essenceOf } from '../semantic/guards/analysis.js';
import { guardVeto } from '../semantic/guards/guard-veto.js';
import { SemanticSpaceService } from '../semantic/semantic-space.service.js';
import type { TextVectors } from '../semantic/text-vectors.js';
import { chooseThreshold, type Objective } from './choose-threshold.js';
import { curve, pointAtThreshold, type CurvePoint, type JudgedPair } from './curve.js';
import type { LabelledPair } from './tuning-pairs.js';

/** Texts that the embedder has at once: it batches them itself. */
const textsAtOnce = 64;
/** Pairs that the guards read before others have their turn. */
const pairsAtOnce = 20;
/** Milliseconds for all vectors. */
const embedMs = 60_000;

interface Tuned {
  readonly best: CurvePoint | null;
  readonly present: CurvePoint;
  readonly curve: CurvePoint[];
}

export interface Tuning {
  readonly threshold: number | null;
  readonly presentThreshold: number;
  readonly applied: boolean;
  readonly samePairs: number;
  readonly otherPairs: number;
  readonly withGuards: Tuned;
  readonly withoutGuards: Tuned;
}

export interface TuningRequest {
  readonly pairs: readonly LabelledPair[];
  readonly objective: Objective;
  /** Makes the best threshold the cache's own. */
  readonly apply: boolean;
}

/** Finds the threshold of a cache by labelled pairs, with its own embedder and its own guards (requirement A19). */
@Injectable()
export class ThresholdsService {
  private isTuning = false;

  constructor(
    private readonly space: SemanticSpaceService,
    private readonly policies: PolicyService,
  ) {}

  /**
   * One at a time: it takes a core's time for seconds.
   * @throws ServiceError failed_dependency without an embedder, rate_limited while another one runs
   */
  async tune(scope: CacheScope, request: TuningRequest): Promise<Tuning> {
    if (this.isTuning) throw new ServiceError('rate_limited', 'Another tuning is running: try again after it.');
    this.isTuning = true;
    try {
      return await this.run(scope, request);
    } finally {
      this.isTuning = false;
    }
  }

  private async run(scope: CacheScope, { pairs, objective, apply }: TuningRequest): Promise<Tuning> {
    const { vectors } = this.space;
    if (!vectors)
      throw new ServiceError('failed_dependency', 'The embedder does not answer.', { reason: 'no_embedder' });
    const policy = await this.policies.read(scope);
    const judged = await this.judge(pairs, vectors, policy);
    const presentThreshold = policy.similarityThreshold ?? vectors.defaultThreshold;
    const [withGuards, withoutGuards] = [true, false].map((guarded): Tuned => {
      const points = curve(judged, guarded);
      const best = chooseThreshold(points, objective) ?? null;
      return { best, present: pointAtThreshold(judged, presentThreshold, guarded), curve: points };
    }) as [Tuned, Tuned];
    const threshold = withGuards.best?.threshold ?? null;
    const applied = apply && threshold !== null;
    if (applied) await this.policies.write(scope, { ...policy, similarityThreshold: threshold });
    const samePairs = pairs.filter(({ same }) => same).length;
    const counts = { samePairs, otherPairs: pairs.length - samePairs };
    return { threshold, presentThreshold, applied, ...counts, withGuards, withoutGuards };
  }

  private async judge(
    pairs: readonly LabelledPair[],
    vectors: TextVectors,
    { guards }: CachePolicy,
  ): Promise<JudgedPair[]> {
    const known = await embedAll(pairs, vectors);
    const judged: JudgedPair[] = [];
    for (const { a, b, same } of pairs) {
      if (judged.length % pairsAtOnce === 0) await nextTurn();
      const near = similarity(known.get(essenceOf(a))!, known.get(essenceOf(b))!);
      const vetoed = guardVeto(a, b, guards) !== undefined;
      judged.push({ similarity: Math.min(1, Math.max(0, near)), same, vetoed });
    }
    return judged;
  }
}

/** What the cache would embed of each question. */
async function embedAll(pairs: readonly LabelledPair[], vectors: TextVectors): Promise<Map<string, Float32Array>> {
  const texts = [...new Set(pairs.flatMap(({ a, b }) => [essenceOf(a), essenceOf(b)]))];
  const known = new Map<string, Float32Array>();
  const signal = AbortSignal.timeout(embedMs);
  try {
    for (let start = 0; start < texts.length; start += textsAtOnce) {
      await nextTurn();
      const batch = texts.slice(start, start + textsAtOnce);
      const embedded = await Promise.all(batch.map((text) => vectors.embed(text, signal)));
      batch.forEach((text, index) => known.set(text, embedded[index]!));
    }
    return known;
  } catch (error) {
    if (!(error instanceof EmbeddingError) && !signal.aborted) throw error;
    const text = signal.aborted ? 'The embedder took too long.' : 'The embedder does not answer.';
    throw new ServiceError('failed_dependency', text, { reason: 'no_embedder' }, { cause: error });
  }
}
