import {
  IsBoolean,
  IsDefined,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { hex128Pattern, identifierPattern } from './identifiers.js';
import { Nested } from './nested.js';
import { largestCost, LimitCost, LimitQuestion, type LimitState, type LimitVerdict } from './ratelimit.contract.js';

const service = 'ratelimit';

/**
 * A call to a model whose cost is not known yet. Tokens of the output are estimated by the policy's estimator. It costs no
 * requests, which a check has taken, and one place of each `concurrency` limit for as long as it lasts.
 */
export class CostEstimate {
  @IsString()
  @MaxLength(256)
  model: string;

  @IsInt()
  @Min(0)
  @Max(largestCost)
  inputTokens: number;

  /** What the request allows; absent: whatever the model's answers were seen to need. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(largestCost)
  maxOutputTokens?: number;

  /** Dollars per million tokens; absent: the call costs no money. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  inputPer1M?: number;

  @IsOptional()
  @IsNumber()
  @Min(0)
  outputPer1M?: number;
}

export class ReserveLimitsRequest extends LimitQuestion {
  /** Names the reservation: the same id reserves once. */
  @Matches(hex128Pattern)
  id: string;

  /** One of `cost` and `estimate`. */
  @IsOptional()
  @Nested(() => LimitCost)
  cost?: LimitCost;

  @IsOptional()
  @Nested(() => CostEstimate)
  estimate?: CostEstimate;

  /** After so long without settling, the reservation settles as `onExpiry` says. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  ttlSeconds: number;

  /** Receipt of a check whose cost is given back should this reservation be denied. */
  @IsOptional()
  @IsString()
  @MaxLength(16_384)
  refund?: string;

  /** Whether a holder that died keeps what it reserved (true: the call may have been made) or gives it back. */
  @IsOptional()
  @IsBoolean()
  keepOnExpiry?: boolean;
}

export interface ReserveLimitsReply extends LimitVerdict {
  readonly id: string;
  /** ISO 8601, UTC; absent when denied, or when no limit applies. */
  readonly expiresAt?: string;
  /** What was set aside. */
  readonly reserved: LimitCost;
}

export const reserveLimits = defineRpc({
  service,
  name: 'reserveLimits',
  request: ReserveLimitsRequest,
  reply: replies<ReserveLimitsReply>(),
  deadlineMs: 500,
});

export class SettleReservationRequest {
  @Matches(identifierPattern)
  tenant: string;

  @Matches(hex128Pattern)
  id: string;

  /** What it really cost; all zeros give everything back but the request itself. */
  @IsDefined()
  @Nested(() => LimitCost)
  cost: LimitCost;

  /** True when upstream never said what it cost. */
  @IsOptional()
  @IsBoolean()
  estimated?: boolean;
}

/** `settled: false`: there is no such reservation, or it was settled or has run out before. */
export interface SettleReservationReply {
  readonly settled: boolean;
  readonly limits: readonly LimitState[];
}

/** Applies to the windows that were reserved in. Repeating it changes nothing. */
export const settleReservation = defineRpc({
  service,
  name: 'settleReservation',
  request: SettleReservationRequest,
  reply: replies<SettleReservationReply>(),
  deadlineMs: 500,
});

export class CancelReservationRequest {
  @Matches(identifierPattern)
  tenant: string;

  @Matches(hex128Pattern)
  id: string;
}

/** Gives everything back. */
export const cancelReservation = defineRpc({
  service,
  name: 'cancelReservation',
  request: CancelReservationRequest,
  reply: replies<{ readonly cancelled: boolean }>(),
  deadlineMs: 500,
});
