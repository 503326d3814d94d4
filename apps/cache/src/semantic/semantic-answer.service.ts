import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { GuardName, LookUpRequest, MissReason, Question } from '#contracts';
import { Metrics } from '#service';
import { BoundedMemo } from '../bounded-memo.js';
import { before } from '../cache.errors.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import type { PreparedQuestion } from '../response/prepared-question.service.js';
import { ServableAnswerService, type FoundAnswer } from '../response/servable-answer.service.js';
import { analyse, type Analysis } from './guards/analysis.js';
import { guardVeto } from './guards/guard-veto.js';
import { maxComparedLength } from './guards/length.guard.js';
import { SemanticIndexService, type SemanticBoundaries, type SemanticCandidate } from './semantic-index.service.js';

/** Candidates that are looked at: the nearest may be vetoed, stale or gone. */
const maxCandidates = 5;

/** Analyses kept: those of questions that many others are near to. Of a long text one takes some 50 KB. */
const maxAnalyses = 200;

type Comparable = 'comparable' | 'too-short' | 'too-long' | 'not-compared';

/** Answers of other questions that ask the same: near in meaning, inside the boundaries, past the guards. */
@Injectable()
export class SemanticAnswerService {
  private readonly analyses = new BoundedMemo<string, Analysis>(maxAnalyses);
  private readonly vetoes: Counter<'guard'>;

  constructor(
    private readonly index: SemanticIndexService,
    private readonly answers: ServableAnswerService,
    metrics: Metrics,
  ) {
    const help = 'Candidates that a guard forbade as the answer of another question';
    this.vetoes = metrics.counter('larder_cache_guard_vetoes_total', help, ['guard']);
  }

  /** Never fails. `undefined`: this question is not for comparison by meaning. */
  async find(question: PreparedQuestion<LookUpRequest>, endsAt: number): Promise<FoundAnswer | MissReason | undefined> {
    const { asked, policy, decision } = question;
    const isWanted = (asked.mode ?? 'semantic') !== 'exact' && asked.maxAgeSeconds !== 0;
    // What is not kept because it changes by the minute is not answered by what was kept of a calmer question.
    if (!isWanted || !decision.store) return undefined;
    const comparable = comparability(asked, policy);
    if (comparable !== 'comparable') return comparable === 'not-compared' ? undefined : comparable;
    const found = await this.index.find({
      scope: asked,
      boundaries: boundariesOf(question),
      text: asked.turn ?? '',
      ...(policy.similarityThreshold !== undefined && { policyThreshold: policy.similarityThreshold }),
      ...(asked.threshold !== undefined && { threshold: asked.threshold }),
      limit: maxCandidates,
      endsAt,
    });
    if (typeof found === 'string') return found;
    return before(endsAt, this.firstServable(question, found)).catch(() => 'index-unavailable' as const);
  }

  /** Adds the question to the index, where others may be answered by it. Not awaited. */
  add(
    question: PreparedQuestion,
    stored: { entryId: string; fields: Record<string, string>; expiresAt: number },
  ): void {
    const { asked, policy } = question;
    if (asked.turn === undefined || !this.isComparable(question.asked, policy)) return;
    const { tenant, cacheId, turn } = asked;
    const { entryId, fields, expiresAt } = stored;
    const entry = { tenant, cacheId, entryId };
    this.index.add({ entry, boundaries: boundariesOf(question), text: turn, fields, expiresAt });
  }

  isComparable(asked: Question, policy: CachePolicy): boolean {
    return comparability(asked, policy) === 'comparable';
  }

  /** The reason of the nearest is the reason of the miss. */
  private async firstServable(
    question: PreparedQuestion<LookUpRequest>,
    candidates: readonly SemanticCandidate[],
  ): Promise<FoundAnswer | MissReason> {
    let nearest: MissReason | undefined;
    let stale: FoundAnswer | undefined;
    for (const candidate of candidates) {
      // Its own entry was refused already.
      if (candidate.exactKey === question.address.exactKey) continue;
      const answer = await this.consider(question, candidate);
      if (answer === 'ghost') continue;
      if (typeof answer === 'string') nearest ??= answer;
      else if (!answer.freshness.isStale) return answer;
      else stale ??= answer;
    }
    return stale ?? nearest ?? 'absent';
  }

  private async consider(
    question: PreparedQuestion<LookUpRequest>,
    { entryId, exactKey, generation, prompt, similarity }: SemanticCandidate,
  ): Promise<FoundAnswer | MissReason | 'ghost'> {
    const { asked, policy, decision } = question;
    const veto = this.veto(asked.turn ?? '', prompt, policy);
    if (veto) return `guard-${veto}`;
    const { tenant, cacheId } = asked;
    const isShorter = decision.ttlSeconds !== undefined && decision.ttlSeconds < policy.ttlSeconds;
    const answer = await this.answers.read(question, {
      via: 'semantic',
      similarity,
      entryId,
      address: { tenant, cacheId, exactKey, generation },
      // "The price now" is not answered by what "the price" was told a week ago.
      ...(isShorter && { classAgeSeconds: decision.ttlSeconds }),
    });
    if (answer === 'ghost') this.index.forget({ tenant, cacheId, entryId });
    return answer;
  }

  private veto(turn: string, prompt: string, { guards }: CachePolicy): GuardName | undefined {
    const isLong = Math.max(turn.length, prompt.length) > maxComparedLength;
    const veto = isLong
      ? guardVeto(turn, prompt, guards)
      : guardVeto(this.analysis(turn), this.analysis(prompt), guards);
    if (veto) this.vetoes.inc({ guard: veto });
    return veto;
  }

  private analysis(text: string): Analysis {
    const known = this.analyses.get(text);
    if (known) return known;
    const made = analyse(text);
    this.analyses.set(text, made);
    return made;
  }
}

function comparability({ turn, frame, hasTools }: Question, policy: CachePolicy): Comparable {
  if (policy.mode === 'exact' || turn === undefined || frame === undefined) return 'not-compared';
  if (hasTools && !policy.semanticWithTools) return 'not-compared';
  if (turn.trim().length < Math.max(1, policy.minPromptLength)) return 'too-short';
  // A longer one would be vetoed: no vector is made for nothing.
  if (policy.guards.length !== false && turn.length > maxComparedLength) return 'too-long';
  return 'comparable';
}

function boundariesOf({ asked, address, userPartition }: PreparedQuestion): SemanticBoundaries {
  return {
    generation: address.generation,
    kind: 'chat',
    ...(asked.frame !== undefined && { frame: asked.frame }),
    ...(userPartition !== undefined && { user: userPartition }),
  };
}
