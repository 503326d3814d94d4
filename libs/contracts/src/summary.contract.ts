import { IsInt, IsOptional, Min } from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { SessionScope } from './session-message.js';

export class SummariseSessionRequest extends SessionScope {
  /** The last `seq` that the summary is to tell of; absent: everything that was said so far. */
  @IsOptional()
  @IsInt()
  @Min(1)
  to?: number;
}

export type SummariseSessionReply =
  /** `messages`: of how many it tells. Empty where nothing was said. */
  | { readonly state: 'summarised'; readonly to: number; readonly messages: number; readonly text: string }
  /** One step was made, up to `to` of `wanted`: ask again for the next. */
  | { readonly state: 'further'; readonly to: number; readonly wanted: number }
  /** Somebody else is at work on a summary of this session, or it changed all the time: ask again later. */
  | { readonly state: 'busy' }
  | { readonly state: 'absent' };

/**
 * One bounded step towards a summary; steps that were made are kept. Throws `rate_limited` (with `retryAfterMs`) where limits
 * forbid the model, `upstream_failed` where it fails.
 */
export const summariseSession = defineRpc({
  service: 'session',
  name: 'summariseSession',
  request: SummariseSessionRequest,
  reply: replies<SummariseSessionReply>(),
  deadlineMs: 30_000,
});
