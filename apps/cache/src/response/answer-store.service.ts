import { Injectable } from '@nestjs/common';
import { ServiceError, type StoreAnswerReply, type StoreAnswerRequest } from '#contracts';
import { newId } from '#service';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { entryLabels } from '../catalogue/entry-labels.js';
import { ErasedUsersRepository } from '../erasure/erased-users.repository.js';
import { SemanticAnswerService } from '../semantic/semantic-answer.service.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { entryFields } from './entry-fields.js';
import { entryLife } from './entry-life.js';
import { PreparedQuestionService, type PreparedQuestion } from './prepared-question.service.js';
import { ResponseCacheRepository, type NewEntry } from './response-cache.repository.js';

const maxAnswerLength = 16 * 1_024 * 1_024;

/** Keeps answers: the exact write is awaited, lists and index follow behind. */
@Injectable()
export class AnswerStoreService {
  constructor(
    private readonly repository: ResponseCacheRepository,
    private readonly questions: PreparedQuestionService,
    private readonly catalogue: CatalogueService,
    private readonly semantic: SemanticAnswerService,
    private readonly statistics: StatisticsService,
    private readonly erased: ErasedUsersRepository,
  ) {}

  /** @throws ServiceError invalid_request, payload_too_large, unavailable */
  async store(request: StoreAnswerRequest): Promise<StoreAnswerReply> {
    // Before anything is waited for: what was invalidated since the call began is told by this time and its length.
    const receivedAt = Date.now();
    assertAnswer(request.answer);
    const question = await this.questions.prepare(request, request.generation);
    const { decision, policy } = question;
    // A time of the request's own is a wish to keep it; what belongs to somebody unknown is nobody's to keep.
    const isKept = !question.isUserUnknown && (decision.store || request.ttlSeconds !== undefined);
    const isCutOff = request.truncated === true && !policy.storeTruncated;
    if (!isKept || isCutOff || (await this.isOfErasedUser(request, receivedAt)))
      return { stored: false, class: decision.class };
    const life = entryLife(policy, decision, request.ttlSeconds, receivedAt);
    const entryId = newId();
    await this.write(question, entryId, life);
    this.statistics.count(request, { stores: 1 }, request.model);
    return { stored: true, entryId, ttlSeconds: Math.round(life.ttlMs / 1_000), class: decision.class };
  }

  /** Whether its user was erased since the call began. While that cannot be known, neither can anybody be erased. */
  private async isOfErasedUser({ tenant, userId, latencyMs }: StoreAnswerRequest, receivedAt: number) {
    if (userId === undefined) return false;
    return this.erased.isErasedSince(tenant, userId, receivedAt - latencyMs).catch(() => false);
  }

  private async write(
    question: PreparedQuestion<StoreAnswerRequest>,
    entryId: string,
    { ttlMs: _, keptMs, keptUntil, ...times }: ReturnType<typeof entryLife>,
  ): Promise<void> {
    const { asked, policy, address } = question;
    const { tenant, cacheId, model, tokens, costMicroUsd, latencyMs, answer, writer, turn, userId, tags, attributes } =
      asked;
    const carried = { model, ...(writer && { writer }), ...(userId && { userId }), ...(tags && { tags }) };
    const labelled = { ...carried, ...(attributes && { attributes }) };
    const labels = entryLabels(labelled);
    const header = { entryId, kind: 'chat', ...times, model, tokens, costMicroUsd, latencyMs, labels } as const;
    const prompt = this.semantic.isComparable(asked, policy) ? turn : undefined;
    const entry: NewEntry = { header, answer, ttlMs: keptMs, prompt };
    const replaces = await this.repository.write(address, entry);
    const listed = { entryId, exactKey: address.exactKey, expiresAt: keptUntil, replaces };
    this.catalogue.record({ tenant, cacheId }, { ...listed, ...labelled }, policy);
    const fields = entryFields(address, prompt);
    this.semantic.add(question, { entryId, fields, expiresAt: Date.now() + keptMs });
  }
}

/** What is served later without being parsed must be parsed now. */
function assertAnswer(answer: string): void {
  if (answer.length > maxAnswerLength) throw new ServiceError('payload_too_large', 'The answer is too large to keep.');
  if (isJsonObject(answer)) return;
  throw new ServiceError('invalid_request', 'answer must be a JSON object', { param: 'answer' });
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
