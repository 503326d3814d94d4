import { Injectable } from '@nestjs/common';
import type { LookUpRequest, MissReason } from '#contracts';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { FeedbackService, type Admission } from '../feedback/feedback.service.js';
import { freshness, type Freshness } from './freshness.js';
import type { PreparedQuestion } from './prepared-question.service.js';
import { ResponseCacheRepository, type GenerationAddress } from './response-cache.repository.js';
import type { StoredAnswer } from './stored-answer.js';

/** An answer that may be served. */
export interface FoundAnswer {
  readonly via: 'exact' | 'semantic';
  /** 0–1; 1 for an exact hit. */
  readonly similarity: number;
  readonly address: GenerationAddress;
  readonly stored: StoredAnswer;
  readonly freshness: Freshness;
}

/** An entry that would answer, by how it was found. */
export interface Candidate extends Pick<FoundAnswer, 'via' | 'similarity' | 'address'> {
  /** The entry that must be there; any when absent. */
  readonly entryId?: string;
  /** The oldest answer that the question's class allows, where it was asked in other words. Seconds. */
  readonly classAgeSeconds?: number | undefined;
}

/** Reads the answer of a candidate, and decides whether this question may have it. */
@Injectable()
export class ServableAnswerService {
  constructor(
    private readonly repository: ResponseCacheRepository,
    private readonly catalogue: CatalogueService,
    private readonly feedback: FeedbackService,
  ) {}

  /**
   * `ghost`: the entry that was named is not there any more.
   * @throws ServiceError unavailable when Redis does not answer
   */
  async read(
    question: PreparedQuestion<LookUpRequest>,
    candidate: Candidate,
  ): Promise<FoundAnswer | MissReason | 'ghost'> {
    const { entryId, classAgeSeconds, ...found } = candidate;
    // Side by side, so that feedback, which never fails, costs no round trip of its own.
    const admitting = this.admits(question, candidate);
    const stored = await this.repository.read(found.address);
    if (typeof stored === 'string') return stored === 'absent' && entryId ? 'ghost' : stored;
    const { header } = stored;
    if (entryId && header.entryId !== entryId) return 'ghost';
    if (header.kind !== 'chat') return 'unreadable';
    const times = this.freshness(question, stored);
    const isTooOld = classAgeSeconds !== undefined && times.ageSeconds > classAgeSeconds;
    if (times.reason || isTooOld) return times.reason ?? 'too-old';
    if (!(await this.catalogue.isValid(question.asked, header))) return 'absent';
    const admission = await admitting;
    if (admission === true && !this.feedback.isConfirmed(header, question.policy)) return 'unconfirmed';
    return admission === true ? { ...found, stored, freshness: times } : admission;
  }

  private freshness({ asked, policy }: PreparedQuestion<LookUpRequest>, stored: StoredAnswer): Freshness {
    const { staleWhileRevalidateSeconds, staleIfErrorSeconds } = policy;
    const staleSeconds = asked.upstreamFailed
      ? Math.max(staleIfErrorSeconds, staleWhileRevalidateSeconds)
      : staleWhileRevalidateSeconds;
    const { createdAt, expiresAt } = stored.header;
    const times = { createdAt, expiresAt: stored.slidTo ?? expiresAt };
    return freshness(times, { maxAgeSeconds: asked.maxAgeSeconds, staleSeconds });
  }

  private admits(
    { asked, policy, userPartition }: PreparedQuestion<LookUpRequest>,
    { via, similarity, address }: Candidate,
  ): Admission | Promise<Admission> {
    const { turn, userId } = asked;
    // What is one user's own nobody else will ever ask for.
    const rule = userPartition === undefined ? policy : { ...policy, minDistinctUsers: 1 };
    const who = { ...(turn !== undefined && { turn }), ...(userId !== undefined && { userId }) };
    return this.feedback.admits(asked, address, { via, similarity, ...who }, rule);
  }
}
