import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { ServiceError, type CacheScope, type EntryAddress } from '#contracts';
import { Metrics } from '#service';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { GenerationService } from '../generation/generation.service.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import { SemanticSpaceService } from '../semantic/semantic-space.service.js';
import { FeedbackRepository, type JudgedEntry, type Nearness, type QuestionPlace } from './feedback.repository.js';
import { askerHash, promptHash } from './hashed-texts.js';
import { nearness } from './nearness.js';

/** Who asks what, and how near it is. */
export interface AskedQuestion {
  readonly via: 'exact' | 'semantic';
  readonly turn?: string;
  /** 0–1. */
  readonly similarity: number;
  /** Who asks; nobody known counts for no user. */
  readonly userId?: string;
}

/** What of a cache's policy says who may be served what. */
export type ServingRule = Pick<CachePolicy, 'servedEntries' | 'minDistinctUsers'>;

export type Admission = true | 'quarantined' | 'unconfirmed';

/** What one user says about the answer of an entry to a prompt. */
export interface Feedback {
  readonly prompt: string;
  readonly correct: boolean;
}

/** Stored vectors are rounded: a pair that is as near as a forbidden one must not slip through by that. */
const rounding = 0.005;
/** What is nearer than this is the entry's own prompt. */
const highestFloor = 0.9999;

/** What users have said about answers, and what follows for serving them. */
@Injectable()
export class FeedbackService {
  private readonly given: Counter<'outcome'>;

  constructor(
    private readonly repository: FeedbackRepository,
    private readonly catalogue: CatalogueService,
    private readonly generations: GenerationService,
    private readonly space: SemanticSpaceService,
    metrics: Metrics,
  ) {
    this.given = metrics.counter('larder_cache_feedback_total', 'Feedback by what came of it', ['outcome']);
  }

  /**
   * May the entry of this question answer another? An exact hit is told at once, unless the policy asks for several users: a
   * prompt that is wrongly answered by its own entry leaves no entry. A semantic one costs a read, so that no replica serves
   * what was forbidden a moment ago; it needs nothing of the answer, and can run beside the reading of that. Counts the asker
   * too. Never fails: what cannot be known is not served.
   */
  admits(
    scope: CacheScope,
    entry: QuestionPlace,
    asked: AskedQuestion,
    rule: ServingRule,
  ): Admission | Promise<Admission> {
    const isPlain = asked.via === 'exact' && rule.minDistinctUsers <= 1;
    return isPlain ? true : this.judge(scope, entry, asked, rule);
  }

  private async judge(
    scope: CacheScope,
    entry: QuestionPlace,
    asked: AskedQuestion,
    rule: ServingRule,
  ): Promise<Admission> {
    try {
      const [isQuarantined, isAskedEnough] = await Promise.all([
        this.isQuarantined(scope, entry, asked),
        this.isAskedEnough(scope, entry, asked.userId, rule),
      ]);
      if (isQuarantined) return 'quarantined';
      return isAskedEnough ? true : 'unconfirmed';
    } catch {
      return 'unconfirmed';
    }
  }

  /** Whether the policy lets this answer be served, confirmed or not. The answer's own header tells. */
  isConfirmed(header: { readonly validated?: boolean }, { servedEntries }: ServingRule): boolean {
    return servedEntries === 'all' || header.validated === true;
  }

  /** Counts who asked a question that missed, where the policy wants several users. Does not wait, and never fails. */
  seen(scope: CacheScope, question: QuestionPlace, userId: string | undefined, rule: ServingRule): void {
    if (userId !== undefined) this.isAskedEnough(scope, question, userId, rule).catch(() => undefined);
  }

  /** @throws ServiceError not_found when there is no such entry any more; unavailable: say it again */
  async give(address: EntryAddress, feedback: Feedback): Promise<void> {
    const { tenant, cacheId } = address;
    const scope = { tenant, cacheId };
    const entry = await this.repository.find(address);
    if (entry?.generation !== (await this.generations.current(scope))) throw notFound();
    const prompt = promptHash(feedback.prompt);
    const isOwn = entry.prompt === undefined || promptHash(entry.prompt) === prompt;
    if (feedback.correct) return this.confirm(scope, entry, isOwn ? undefined : { ...feedback, hash: prompt });
    if (isOwn) return this.remove(address);
    const found = await this.nearness(entry, feedback.prompt);
    await this.repository.judge(scope, entry, { prompt, forbid: true, nearness: found });
    this.given.inc({ outcome: 'quarantined' });
  }

  private async confirm(
    scope: CacheScope,
    entry: JudgedEntry,
    other?: { prompt: string; hash: string },
  ): Promise<void> {
    if (!(await this.repository.validate(scope, entry))) throw notFound();
    if (other) await this.repository.judge(scope, entry, { prompt: other.hash, forbid: false });
    this.given.inc({ outcome: 'validated' });
  }

  /** Its own prompt has a wrong answer: so has everything that it answers. */
  private async remove(address: EntryAddress): Promise<void> {
    await this.catalogue.remove(address);
    this.given.inc({ outcome: 'deleted' });
  }

  private async isQuarantined(
    scope: CacheScope,
    { exactKey }: QuestionPlace,
    { via, turn, similarity }: AskedQuestion,
  ): Promise<boolean> {
    if (via === 'exact' || turn === undefined) return false;
    const prompt = promptHash(turn);
    const embedder = this.space.vectors?.embedderId ?? '';
    const { isForbidden, floor } = await this.repository.verdicts(scope, exactKey, prompt, embedder);
    if (!isForbidden) return floor !== undefined && similarity <= Math.min(floor + rounding, highestFloor);
    // The embedder was away when it was forbidden, or it is another one by now: here the similarity is known.
    if (floor === undefined || floor < similarity - rounding)
      this.tighten(scope, exactKey, prompt, { embedder, similarity });
    return true;
  }

  private tighten(scope: CacheScope, exactKey: string, prompt: string, found: Nearness): void {
    const verdict = { prompt, forbid: true, nearness: found };
    this.repository.judge(scope, { exactKey, leftMs: 0 }, verdict).catch(() => undefined);
  }

  private async isAskedEnough(
    scope: CacheScope,
    question: QuestionPlace,
    userId: string | undefined,
    { minDistinctUsers }: ServingRule,
  ): Promise<boolean> {
    if (minDistinctUsers <= 1) return true;
    const asker = userId === undefined ? '' : askerHash(scope.tenant, userId);
    return (await this.repository.countAsker(scope, question, asker, minDistinctUsers)) >= minDistinctUsers;
  }

  private async nearness({ prompt }: JudgedEntry, other: string): Promise<Nearness | undefined> {
    const { vectors } = this.space;
    return vectors && prompt !== undefined ? nearness(vectors, prompt, other) : undefined;
  }
}

function notFound(): ServiceError {
  return new ServiceError('not_found', 'There is no such entry.');
}
