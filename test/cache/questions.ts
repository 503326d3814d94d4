import { createHash } from 'node:crypto';
import type { LookUpReply, LookUpRequest, StoreAnswerRequest } from '#contracts';

export const scope = { tenant: 'acme', cacheId: 'default' };

export interface Asking extends Partial<Omit<LookUpRequest, 'exactKey'>> {
  readonly turn: string;
}

/** A look-up as the gateway makes it: key and frame are digests, and only the last turn is text. */
export function ask({ turn, frame = sha256('a frame'), ...others }: Asking): LookUpRequest {
  return { ...scope, model: 'm1', turn, frame, exactKey: sha256(frame, turn), ...others };
}

/** The store that follows. */
export function answerTo(asking: Asking, others: Partial<StoreAnswerRequest> = {}): StoreAnswerRequest {
  const { tenant, cacheId, exactKey, model, turn, frame, hasTools, userId } = ask(asking);
  const question = { tenant, cacheId, exactKey, model, turn, frame, hasTools, userId };
  const answer = JSON.stringify({ id: 'chatcmpl-1', to: turn });
  return { ...question, answer, tokens: 500, costMicroUsd: 1_500, latencyMs: 900, ...others };
}

export function sha256(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** `exact`, `semantic`, or why not. */
export function outcome(reply: LookUpReply): string {
  return reply.hit ? reply.via : reply.reason;
}
