import {
  IsBoolean,
  IsDefined,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { hex128Pattern, identifierPattern } from './identifiers.js';
import type { LimitAlgorithm, LimitAssignment, LimitBlock, LimitPolicy, LimitUnit } from './limit-policy.js';
import { AreDescriptors } from './limit-rules.js';
import { Nested } from './nested.js';

const service = 'ratelimit';
/** Of one request, in any unit. */
export const largestCost = 1_000_000_000_000;

/** Whom a request counts for. The tenant stands beside it; what is absent counts as a value of its own, `none`. */
export class LimitSubject {
  @IsOptional()
  @IsString()
  @MaxLength(256)
  user?: string;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  key?: string;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  model?: string;

  /** Values of `custom.<name>` scopes, at most 16 of them. */
  @IsOptional()
  @IsObject()
  @AreDescriptors()
  custom?: Record<string, string>;
}

/** What a request costs, by unit; a unit that is absent costs nothing. `tokens` is input and output where only that is known. */
export class LimitCost {
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(largestCost)
  requests?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(largestCost)
  tokens?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(largestCost)
  inputTokens?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(largestCost)
  outputTokens?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(largestCost)
  microUsd?: number;
}

/** What is asked of every call: the limits are those of `policy`, or, without one, all that are assigned to the subject. */
export class LimitQuestion {
  @Matches(identifierPattern)
  tenant: string;

  @IsDefined()
  @Nested(() => LimitSubject)
  subject: LimitSubject;

  @IsOptional()
  @Matches(identifierPattern)
  policy?: string;
}

export class CheckLimitsRequest extends LimitQuestion {
  @IsDefined()
  @Nested(() => LimitCost)
  cost: LimitCost;

  /** Names this check, so that what it took can be given back (`refund` of a reservation); 128 random bits. */
  @IsOptional()
  @Matches(hex128Pattern)
  operationId?: string;

  /** Reports `concurrency` limits without taking a place: the reservation that follows takes and releases it. */
  @IsOptional()
  @IsBoolean()
  leavePlaces?: boolean;
}

/** Where one limit stands after the call. A limit of which nothing was asked (cost 0) is reported, never a reason to refuse. */
export interface LimitState {
  readonly policy: string;
  readonly name: string;
  readonly unit: LimitUnit;
  readonly algorithm: LimitAlgorithm;
  /** The capacity. */
  readonly limit: number;
  /** Seconds; of a calendar window, its present length. */
  readonly windowSeconds: number;
  /** Never below 0. */
  readonly remaining: number;
  /** Milliseconds until the limit is whole again (token bucket, logs) or its window ends. */
  readonly resetMs: number;
  /** Milliseconds until this cost would be allowed; 0 when it is; null when it never fits. */
  readonly retryAfterMs: number | null;
  readonly shadow?: true;
}

export interface LimitVerdict {
  readonly allowed: boolean;
  /** Name of the failing limit that takes longest, or never fits; `block` for a subject that is blocked; absent when allowed. */
  readonly binding?: string;
  readonly limits: readonly LimitState[];
  /** Present when the verdict came without Redis, by the limits' failure modes. */
  readonly degraded?: true;
  /** Present when an `operationId` was given and something was taken: what `refund` needs, opaque. */
  readonly receipt?: string;
}

/** Takes the cost from every limit, or from none. */
export const checkLimits = defineRpc({
  service,
  name: 'checkLimits',
  request: CheckLimitsRequest,
  reply: replies<LimitVerdict>(),
  deadlineMs: 500,
});

/** As `checkLimits`, and takes nothing. */
export const peekLimits = defineRpc({
  service,
  name: 'peekLimits',
  request: CheckLimitsRequest,
  reply: replies<LimitVerdict>(),
  deadlineMs: 500,
});

export class LimitRulesRequest {
  /** Version of the last reply; absent: everything. */
  @IsOptional()
  @IsInt()
  @Min(0)
  since?: number;
}

/** One rule that is in effect. Its id tells the policy's name, or the subject of an assignment or a block. */
export type LimitRule =
  | { readonly id: string; readonly kind: 'policy'; readonly value: LimitPolicy }
  | { readonly id: string; readonly kind: 'assignment'; readonly value: LimitAssignment }
  | { readonly id: string; readonly kind: 'block'; readonly value: LimitBlock };

/** A rule that was set, or is no more. */
export type LimitRuleChange = LimitRule | { readonly id: string; readonly kind: 'removed' };

/**
 * Changes since a version. A gateway knows by them which limits apply, and what to do while nobody can be asked. Replicas may
 * be a moment apart: a version that is lower than the last says nothing. Ask for everything once a minute: a failover or a
 * flush takes rules away without a change.
 */
export interface LimitRulesReply {
  readonly version: number;
  readonly changes: readonly LimitRuleChange[];
  /** Ask again at once, since this version: there are more. */
  readonly more: boolean;
}

export const limitRules = defineRpc({
  service,
  name: 'limitRules',
  request: LimitRulesRequest,
  reply: replies<LimitRulesReply>(),
});
