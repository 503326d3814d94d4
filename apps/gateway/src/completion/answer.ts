import type { CacheHit } from '#contracts';
import { cacheHeaders, type CacheVerdict } from './cache-verdict.js';
import type { CompletionRequest } from './completion-request.js';
import type { LiveAnswer } from './live-answer.js';
import { errorOutcome, type Answer, type Outcome } from './outcome.js';
import { paced } from './paced.js';

/** An outcome that is known whole, as the client asked for it: JSON, or replayed as an event stream. */
export function answerWhole(request: CompletionRequest, outcome: Outcome, verdict: CacheVerdict): Answer {
  const isAnswer = outcome.status === 200;
  const body = isAnswer ? request.dialect.tailor(outcome.body, request.body) : outcome.body;
  const isEventStream = request.stream && isAnswer;
  return {
    status: outcome.status,
    headers: { ...outcome.headers, ...cacheHeaders(verdict) },
    body: isEventStream ? replay(request, body) : body,
    isEventStream,
    outcome: Promise.resolve(outcome),
  };
}

/** An answer that is still being written. */
export function answerLive(live: LiveAnswer, verdict: CacheVerdict): Answer {
  return {
    status: 200,
    headers: cacheHeaders(verdict),
    body: live.frames,
    isEventStream: true,
    outcome: live.outcome,
  };
}

/** @returns undefined when the stored answer cannot be replayed: an unreadable entry is a miss. */
export function answerHit(request: CompletionRequest, hit: CacheHit): Answer | undefined {
  const { via, entryId, similarity, ageSeconds, ttlSeconds, savedMicroUsd } = hit;
  const verdict: CacheVerdict = {
    result: ttlSeconds < 0 ? 'stale' : `hit-${via}`,
    via,
    class: hit.class,
    entryId,
    ageSeconds,
    ttlSeconds,
    savedMicroUsd,
    ...(via === 'semantic' && { similarity }),
  };
  try {
    return answerWhole(request, { status: 200, body: hit.answer, headers: {} }, verdict);
  } catch {
    return undefined;
  }
}

/** `only-if-cached` and not there: RFC 9111 section 5.2.1.7. Repeating it would not help, so SDKs are told not to. */
export function notCached(request: CompletionRequest, verdict: CacheVerdict): Answer {
  const error = { message: 'The answer is not in the cache.', type: 'invalid_request_error', code: 'not_cached' };
  return answerWhole(request, errorOutcome(504, error, { 'x-should-retry': 'false' }), verdict);
}

/** The limits refused; nothing was asked, and there is nothing that anybody else could be given. */
export function answerRefusal({ status, headers, body }: Outcome): Answer {
  return { status, headers, body, isEventStream: false, isRefused: true, outcome: Promise.resolve(undefined) };
}

/** All in one write, since the whole replay is known; or at the pace that the caller asked for. */
function replay({ dialect, body, controls }: CompletionRequest, answer: string): Answer['body'] {
  const frames = [...dialect.replay(answer, body)];
  return controls.replayRate === undefined ? frames.join('') : paced(frames, controls.replayRate);
}
