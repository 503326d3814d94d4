import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { Log } from '#service';
import { answerWhole } from '../completion/answer.js';
import { AnswerMetrics } from '../completion/answer-metrics.js';
import { bodyFingerprint, type CompletionRequest } from '../completion/completion-request.js';
import { errorOutcome, isTransient, withDegraded, type Answer, type Outcome } from '../completion/outcome.js';
import { ConversationService } from '../conversation/conversation.service.js';
import { claimLeaseMs, IdempotencyRepository, type IdempotentAttempt } from './idempotency.repository.js';

/** How often a repeat asks whether the first attempt has finished. Milliseconds. */
const askEveryMs = 100;

/** Runs a completion once per `Idempotency-Key`: repeats get the first answer, another body is refused. */
@Injectable()
export class OnceService {
  constructor(
    private readonly completions: ConversationService,
    private readonly repository: IdempotencyRepository,
    private readonly metrics: AnswerMetrics,
    private readonly log: Log,
  ) {}

  /** Answers one question to a model, over HTTP or the bus. */
  async complete(request: CompletionRequest): Promise<Answer> {
    return this.metrics.count(request.dialect, await this.completeOnce(request));
  }

  private completeOnce(request: CompletionRequest): Promise<Answer> {
    const { idempotencyKey } = request;
    return idempotencyKey === undefined
      ? this.completions.complete(request)
      : this.completeKeyed(request, idempotencyKey);
  }

  private async completeKeyed(request: CompletionRequest, idempotencyKey: string): Promise<Answer> {
    const attempt = newAttempt(request, idempotencyKey);
    const claim = await this.claim(attempt, request.client.signal);
    if (claim === 'away') return withDegraded(await this.completions.complete(request), 'idempotency');
    if (claim === 'owned') return this.run(request, attempt);
    const replayed = answerWhole(request, claim, { result: 'bypass' });
    if (claim === mismatch) return { ...replayed, headers: claim.headers };
    return { ...replayed, headers: { ...claim.headers, 'idempotent-replayed': 'true' } };
  }

  /** `away`: Redis cannot say; the answer matters more than the promise, and a header tells of it. */
  private async claim(attempt: IdempotentAttempt, signal: AbortSignal): Promise<Outcome | 'owned' | 'away'> {
    try {
      await this.repository.note(attempt);
      for (;;) {
        const claim = await this.repository.claim(attempt);
        if (claim.state === 'owned') return 'owned';
        if (claim.state === 'mismatch') return mismatch;
        if (claim.state === 'finished') return JSON.parse(claim.outcome) as Outcome;
        await delay(askEveryMs, undefined, { signal });
      }
    } catch (fault) {
      if (signal.aborted) throw new ServiceError('unavailable', 'The client has gone', {}, { cause: fault });
      return 'away';
    }
  }

  private async run(request: CompletionRequest, attempt: IdempotentAttempt): Promise<Answer> {
    const renewal = setInterval(() => void this.repository.renew(attempt).catch(this.complain), claimLeaseMs / 3);
    renewal.unref();
    const finish = async (outcome: Outcome | undefined) => {
      clearInterval(renewal);
      // A transient failure must not answer the retry that it invites.
      const isFinal = outcome && !isTransient(outcome.status);
      await this.repository.finish(attempt, isFinal ? JSON.stringify(outcome) : undefined).catch(this.complain);
    };
    try {
      const answer = await this.completions.complete(request);
      if (answer.isEventStream) void answer.outcome.then(finish);
      else await finish(await answer.outcome);
      return answer;
    } catch (fault) {
      await finish(undefined);
      throw fault;
    }
  }

  private readonly complain = (fault: unknown) => {
    this.log.warn('an idempotency key was not kept', { error: fault });
  };
}

function newAttempt(request: CompletionRequest, idempotencyKey: string): IdempotentAttempt {
  const { userId } = request;
  const { tenant, keyId } = request.principal;
  return {
    tenant,
    // By API key and user too: the users of one tenant do not know of each other's idempotency keys, nor of their answers.
    keyHash: createHash('sha256')
      .update(JSON.stringify([keyId, userId, idempotencyKey]))
      .digest('hex'),
    fingerprint: bodyFingerprint(request),
    token: randomBytes(16).toString('hex'),
    ...(userId !== undefined && { userId }),
  };
}

const mismatch: Outcome = errorOutcome(
  409,
  {
    message: 'This Idempotency-Key was used with another body.',
    type: 'invalid_request_error',
    code: 'idempotency_key_reused',
    param: 'idempotency-key',
  },
  { 'x-should-retry': 'false' },
);
