import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { erasingServices, ServiceError, userErased, type UserErasureDone } from '#contracts';
import { EventPublisher } from '#redis-streams';
import { newId } from '#service';
import { userDigest } from '../user/user-digest.js';
import type { UserScope } from '../user/user-sessions.repository.js';
import type { ErasureAnswerDto, ErasureReceiptDto } from './erasure.dto.js';
import { ErasureRepository, type ErasureAnswer, type StoredReceipt } from './erasure.repository.js';

/** How long a request waits for its receipt to become final; most are at once. */
const patienceMs = 3_000;
const pollMs = 50;

/** Asks every service to forget a user, and keeps the receipt. */
@Injectable()
export class ErasureService {
  constructor(
    private readonly receipts: ErasureRepository,
    private readonly events: EventPublisher,
  ) {}

  /** @returns the receipt, final or not: it becomes so when every service has answered */
  async erase({ tenant, userId }: UserScope): Promise<ErasureReceiptDto> {
    const erasureId = newId();
    await this.receipts.open(tenant, erasureId, userDigest(userId), Date.now());
    try {
      await this.events.publish(userErased, { erasureId, tenant, userId }, { tenant });
    } catch (error) {
      // Whoever asks again gets another receipt; this one might never be final.
      await this.receipts.remove(tenant, erasureId).catch(() => undefined);
      throw error;
    }
    const until = performance.now() + patienceMs;
    for (;;) {
      const receipt = await this.receipt({ tenant, userId }, erasureId);
      if (receipt.status === 'final' || performance.now() > until) return receipt;
      await sleep(pollMs);
    }
  }

  /** @throws ServiceError not_found, for a receipt of somebody else too */
  async receipt({ tenant, userId }: UserScope, erasureId: string): Promise<ErasureReceiptDto> {
    const stored = await this.receipts.read(tenant, erasureId);
    if (!stored || stored.userDigest !== userDigest(userId)) {
      throw new ServiceError('not_found', 'There is no such erasure of this user');
    }
    return receiptView(erasureId, stored);
  }

  async answered({ tenant, erasureId, service, removed, leftForSeconds }: UserErasureDone): Promise<void> {
    const left = leftForSeconds == null ? {} : { leftForSeconds };
    await this.receipts.answer(tenant, erasureId, service, { at: Date.now(), removed, ...left });
  }
}

function receiptView(erasureId: string, { requestedAt, answers }: StoredReceipt): ErasureReceiptDto {
  const given = Object.values(answers);
  const isFinal = erasingServices.every((service) => answers[service]);
  const removed = new Map<string, number>();
  for (const answer of given) {
    for (const [kind, count] of Object.entries(answer.removed)) removed.set(kind, (removed.get(kind) ?? 0) + count);
  }
  const time = (epochMs: number) => new Date(epochMs).toISOString();
  const view = ({ at, ...answer }: ErasureAnswer): ErasureAnswerDto => ({ answeredAt: time(at), ...answer });
  return {
    erasureId,
    status: isFinal ? 'final' : 'pending',
    requestedAt: time(requestedAt),
    finishedAt: isFinal ? time(Math.max(...given.map(({ at }) => at))) : null,
    removed: Object.fromEntries(removed),
    leftForSeconds: Math.max(0, ...given.map(({ leftForSeconds = 0 }) => leftForSeconds)),
    services: Object.fromEntries(
      erasingServices.map((service) => [service, answers[service] ? view(answers[service]) : null]),
    ),
  };
}
