import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { CacheHit, CacheMiss, CacheScope, EntryAddress } from '#contracts';
import type { FlightMember, LookUpReply, LookUpRequest, MissReason } from '#contracts';
import type { StoreAnswerReply, StoreAnswerRequest } from '#contracts';
import { KnownSeries, Metrics, ServiceEnv } from '#service';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { before } from '../cache.errors.js';
import { FeedbackService } from '../feedback/feedback.service.js';
import { FlightService } from '../flight/flight.service.js';
import { GenerationService } from '../generation/generation.service.js';
import { SemanticAnswerService } from '../semantic/semantic-answer.service.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { AnswerStoreService } from './answer-store.service.js';
import { PreparedQuestionService, type PreparedQuestion } from './prepared-question.service.js';
import { ResponseCacheRepository } from './response-cache.repository.js';
import { ServableAnswerService, type FoundAnswer } from './servable-answer.service.js';

/** The whole look-up ends so much before the gateway stops waiting, so that it is told what happened. Milliseconds. */
const aheadMs = 30;
/** A sliding time to live is renewed once so much of it is gone. */
const renewalShare = 0.1;

type Asked = PreparedQuestion<LookUpRequest>;

interface MissDetails {
  readonly flight?: CacheMiss['flight'];
  readonly shadow?: CacheMiss['shadow'];
}

/** Answers: by the hash of the whole request, else of a question that asks the same, in the present generation of the cache. */
@Injectable()
export class ResponseCacheService {
  private readonly lookUps: KnownSeries<Counter.Internal>;

  constructor(
    private readonly repository: ResponseCacheRepository,
    private readonly keeper: AnswerStoreService,
    private readonly questions: PreparedQuestionService,
    private readonly answers: ServableAnswerService,
    private readonly semantic: SemanticAnswerService,
    private readonly generations: GenerationService,
    private readonly flights: FlightService,
    private readonly catalogue: CatalogueService,
    private readonly feedback: FeedbackService,
    private readonly statistics: StatisticsService,
    private readonly env: ServiceEnv,
    metrics: Metrics,
  ) {
    this.lookUps = new KnownSeries(metrics.counter('larder_cache_look_ups_total', 'Look-ups by result', ['result']));
  }

  /**
   * An exact hit costs one GET, and one script that nobody waits for.
   * @throws ServiceError unavailable within the budget when Redis does not answer: go on without the cache
   */
  async lookUp(request: LookUpRequest): Promise<LookUpReply> {
    try {
      const reply = await this.answer(request);
      this.lookUps.of(resultOf(reply)).inc();
      return reply;
    } catch (error) {
      this.lookUps.of('unavailable').inc();
      throw error;
    }
  }

  /** @throws ServiceError invalid_request, payload_too_large, unavailable */
  store(request: StoreAnswerRequest): Promise<StoreAnswerReply> {
    return this.keeper.store(request);
  }

  /** False when there is no such entry any more. */
  delete(entry: EntryAddress): Promise<boolean> {
    return this.catalogue.remove(entry);
  }

  /** O(1): entries of the generation before are never asked for again, and expire. */
  async flush(scope: CacheScope): Promise<string> {
    return this.generations.advance(scope);
  }

  private async answer(request: LookUpRequest): Promise<LookUpReply> {
    const endsAt = performance.now() + this.env.cacheLookUpMs - aheadMs;
    const prepared = this.questions.prepare(request);
    const question = honour(prepared instanceof Promise ? await before(endsAt, prepared) : prepared);
    if (question.asked.noCache) return this.miss(question, 'no-cache');
    if (question.isUserUnknown) return this.miss(question, 'user-unknown');
    const exact = await this.exact(question, endsAt);
    const found = typeof exact === 'object' ? exact : await this.near(question, exact, endsAt);
    if (isShadow(question)) return this.shadow(question, found);
    if (typeof found === 'string') return this.joined(question, found, endsAt);
    return found.freshness.isStale ? this.stale(question, found, endsAt) : this.hit(question, found);
  }

  private async exact(question: Asked, endsAt: number): Promise<FoundAnswer | MissReason> {
    const candidate = { via: 'exact', similarity: 1, address: question.address } as const;
    const found = await before(endsAt, this.answers.read(question, candidate));
    return found === 'ghost' ? 'absent' : found;
  }

  /** Where there is no answer to this very question: that of one that asks the same, or why there is none. */
  private async near(question: Asked, exact: MissReason, endsAt: number): Promise<FoundAnswer | MissReason> {
    const near = await this.semantic.find(question, endsAt);
    return typeof near === 'object' || exact === 'absent' ? (near ?? exact) : exact;
  }

  /** A miss in the flight of its key, where the caller wants to be in one. */
  private async joined(question: Asked, reason: MissReason, endsAt: number): Promise<LookUpReply> {
    const member = memberOf(question);
    if (!member) return this.miss(question, reason);
    const flight = await this.flights.join(member, endsAt);
    // Whoever led before may have stored between the look-up and the joining: a second upstream call would be for nothing.
    const again = flight === 'alone' ? reason : await this.lookAgain(question, endsAt);
    if (typeof again === 'string' || again.freshness.isStale) return this.miss(question, reason, { flight });
    if (flight === 'leader') void this.flights.release(member);
    return this.hit(question, again);
  }

  /** Served at once; of all who get it one leads the flight of this key, and fetches a fresh answer behind. */
  private async stale(question: Asked, found: FoundAnswer, endsAt: number): Promise<LookUpReply> {
    const member = memberOf(question);
    if (!member || (await this.flights.join(member, endsAt)) !== 'leader') return this.hit(question, found);
    const again = await this.lookAgain(question, endsAt);
    if (typeof again === 'string' || again.freshness.isStale) {
      const { exactKey, generation } = member;
      return { ...this.hit(question, found), revalidate: { exactKey, generation } };
    }
    void this.flights.release(member);
    return this.hit(question, again);
  }

  private async lookAgain(question: Asked, endsAt: number): Promise<FoundAnswer | MissReason> {
    return this.exact(question, endsAt).catch(() => 'absent' as const);
  }

  private hit(question: Asked, found: FoundAnswer): CacheHit {
    const { asked, decision, policy } = question;
    const { via, similarity, freshness, stored } = found;
    const { entryId, costMicroUsd, tokens, latencyMs } = stored.header;
    const counter = via === 'exact' ? 'hitsExact' : 'hitsSemantic';
    const stale = freshness.isStale && { hitsStale: 1 };
    const saved = { tokensSaved: tokens, savedMicroUsd: costMicroUsd, timeSavedMs: latencyMs };
    this.statistics.count(asked, { [counter]: 1, ...stale, ...saved }, asked.model);
    this.catalogue.touch(asked, entryId, policy);
    const { ageSeconds } = freshness;
    const ttlSeconds = this.renewed(question, found) ?? freshness.ttlSeconds;
    const kind = { class: decision.class, store: decision.store };
    const { answer } = stored;
    return {
      hit: true,
      via,
      entryId,
      similarity,
      answer,
      ageSeconds,
      ttlSeconds,
      savedMicroUsd: costMicroUsd,
      ...kind,
    };
  }

  /** The life that a hit renews, where it slides; seconds. */
  private renewed({ policy }: Asked, { address, stored, freshness }: FoundAnswer): number | undefined {
    const { entryId, slidingMs, staleMs = 0, expiresAt } = stored.header;
    if (!policy.slidingTtl || slidingMs === undefined || freshness.isStale) return undefined;
    const nowMs = Date.now();
    const leftMs = Math.min(slidingMs, expiresAt - nowMs);
    const gainedMs = nowMs + leftMs - (stored.slidTo ?? expiresAt);
    if (gainedMs < slidingMs * renewalShare) return undefined;
    this.repository.prolong(address, entryId, leftMs + staleMs).catch(() => undefined);
    return Math.ceil(leftMs / 1_000);
  }

  private miss(question: Asked, reason: MissReason, { flight = 'none', shadow }: MissDetails = {}): CacheMiss {
    const { asked, decision, address, policy } = question;
    const coalesced = flight === 'follower' && { coalesced: 1 };
    this.statistics.count(asked, { [`miss:${reason}`]: 1, ...coalesced }, asked.model);
    this.feedback.seen(asked, address, asked.userId, policy);
    const { exactKey, generation } = address;
    const kind = { class: decision.class, store: decision.store };
    return { hit: false, reason, flight, exactKey, generation, ...kind, ...(shadow && { shadow }) };
  }

  /** Tells what would have been served. Nobody shares an upstream call: that would be an answer of the cache too. */
  private shadow(question: Asked, found: FoundAnswer | MissReason): CacheMiss {
    if (typeof found === 'string') return this.miss(question, found);
    const { asked } = question;
    const counter = found.via === 'exact' ? 'shadowHitsExact' : 'shadowHitsSemantic';
    this.statistics.count(asked, { [counter]: 1 }, asked.model);
    const { similarity, stored } = found;
    return this.miss(question, 'shadow', { shadow: { entryId: stored.header.entryId, similarity } });
  }
}

function resultOf(reply: LookUpReply): string {
  if (!reply.hit) return `miss-${reply.reason}`;
  return reply.ttlSeconds < 0 ? 'hit-stale' : `hit-${reply.via}`;
}

/** Some HTTP clients send `no-cache` by themselves: a cache may be told to overlook what `Cache-Control` asks. */
function honour(question: Asked): Asked {
  const { noCache, maxAgeSeconds, ...plain } = question.asked;
  const isPlain = !noCache && maxAgeSeconds === undefined;
  return isPlain || question.policy.honourCacheControl ? question : { ...question, asked: plain };
}

function isShadow({ asked, policy }: Asked): boolean {
  return policy.mode === 'shadow' || asked.mode === 'shadow';
}

function memberOf({ asked, address }: Asked): FlightMember | undefined {
  const { flightToken, upstreamFailed } = asked;
  return flightToken && !upstreamFailed ? { ...address, flightToken } : undefined;
}
