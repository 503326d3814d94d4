import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { generationPattern, hex128Pattern, identifierPattern, tagPattern } from './identifiers.js';
import { cacheModes, Question, type CacheMode } from './question.contract.js';

const service = 'cache';
const yearSeconds = 31_556_952;

export class LookUpRequest extends Question {
  /** The policy's own when absent. */
  @IsOptional()
  @IsIn(cacheModes)
  mode?: CacheMode;

  /** Least similarity (0–1) that the caller accepts; the stricter of this and the policy's holds. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  threshold?: number;

  /** Upstream has failed: an expired answer will do, where the policy has `staleIfErrorSeconds`. No flight is joined. */
  @IsOptional()
  @IsBoolean()
  upstreamFailed?: boolean;

  /** HTTP `Cache-Control: no-cache`: a miss, unless the cache's policy does not honour it. */
  @IsOptional()
  @IsBoolean()
  noCache?: boolean;

  /** The oldest answer that the caller accepts, in seconds (`Cache-Control: max-age`), where the policy honours it. */
  @IsOptional()
  @IsInt()
  @Min(0)
  maxAgeSeconds?: number;

  /** Present when a miss may join the flight of this key; the token then owns the lease, should it lead. */
  @IsOptional()
  @Matches(hex128Pattern)
  flightToken?: string;
}

/** Why there is no hit; for a question that was compared by meaning, why no other question's answer would do. */
export type MissReason =
  | 'absent'
  | 'no-cache'
  /** Shadow mode serves nothing; what it found is told beside. */
  | 'shadow'
  | 'too-old'
  | 'unreadable'
  /** The class has a partition for each user, and nobody says who asks. */
  | 'user-unknown'
  /** The policy serves validated entries only, or those that enough users have asked for. */
  | 'unconfirmed'
  /** Feedback has forbidden this pair. */
  | 'quarantined'
  /** Shorter than the policy's least length for comparison by meaning, or longer than the embedder takes. */
  | 'too-short'
  | 'too-long'
  | 'embedder-unavailable'
  | 'embedder-late'
  | 'index-loading'
  | 'index-unavailable'
  | `guard-${string}`;

/** `leader` calls upstream; `follower` awaits the leader's outcome; `alone` when no lease could be asked for. */
export type FlightRole = 'leader' | 'follower' | 'alone';

/** How the question was classified, and what follows for its answer. */
export interface AnswerClass {
  /** `general`, `static`, `time-sensitive`, `user-specific`, or one of the cache's own. */
  readonly class: string;
  /** False: its answer is not kept. */
  readonly store: boolean;
}

/** What shadow mode would have served. */
export interface ShadowHit {
  readonly entryId: string;
  readonly similarity: number;
}

export interface CacheHit extends AnswerClass {
  readonly hit: true;
  readonly via: 'exact' | 'semantic';
  readonly entryId: string;
  /** 0–1; 1 for an exact hit. */
  readonly similarity: number;
  /** The whole chat.completion object as JSON text, as it was stored. */
  readonly answer: string;
  readonly ageSeconds: number;
  /** Seconds until the entry expires; negative for a stale one: since when. */
  readonly ttlSeconds: number;
  readonly savedMicroUsd: number;
  /** Present on a stale answer when this caller is to fetch a fresh one behind it: it leads the flight of this key. */
  readonly revalidate?: { readonly exactKey: string; readonly generation: string };
}

export interface CacheMiss extends AnswerClass {
  readonly hit: false;
  readonly reason: MissReason;
  /** `none`: this question shares its upstream call with nobody, in no process. */
  readonly flight: FlightRole | 'none';
  /**
   * The key that this question's answer is kept under, with the user's partition where the class asks for one: for the flight
   * and the store.
   */
  readonly exactKey: string;
  /** To be handed back with store and flight calls, so that a flush in between is not undone. */
  readonly generation: string;
  readonly shadow?: ShadowHit;
}

export type LookUpReply = CacheHit | CacheMiss;

/** Exact, then by meaning where that is allowed; on a miss, joins the flight of that key in the same round. */
export const lookUp = defineRpc({
  service,
  name: 'lookUp',
  request: LookUpRequest,
  reply: replies<LookUpReply>(),
});

const maxTags = 20;

/** `exactKey` is the gateway's own, as in the look-up: the cache adds the user's partition itself. */
export class StoreAnswerRequest extends Question {
  /** The whole answer as a JSON object: a chat.completion, a response. */
  @IsString()
  answer: string;

  /** The answer was cut off at its greatest length: it is kept only where the policy has `storeTruncated`. */
  @IsOptional()
  @IsBoolean()
  truncated?: boolean;

  /** Sources and the like, by which the entry can be invalidated. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(maxTags)
  @Matches(tagPattern, { each: true })
  tags?: string[];

  /** The attributes of the request; they are part of the keys already, and the entry can be invalidated by them. */
  @IsOptional()
  @IsObject()
  attributes?: Record<string, string>;

  /** From the look-up's miss; absent when there was none: the current generation then. */
  @IsOptional()
  @Matches(generationPattern)
  generation?: string;

  /** Wanted time to live; the cache's own when absent. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(yearSeconds)
  ttlSeconds?: number;

  /** The API key that wrote the entry, so that its entries can be found again. */
  @IsOptional()
  @Matches(identifierPattern)
  writer?: string;

  /** Prompt and completion tokens that a later hit saves. */
  @IsInt()
  @Min(0)
  tokens: number;

  /** What the call cost, in micro-dollars: what a later hit saves. */
  @IsInt()
  @Min(0)
  costMicroUsd: number;

  /** How long upstream took, in milliseconds: what a later hit saves. */
  @IsInt()
  @Min(0)
  latencyMs: number;
}

export type StoreAnswerReply =
  | { readonly stored: true; readonly entryId: string; readonly ttlSeconds: number; readonly class: string }
  /** The class or the policy forbids it. */
  | { readonly stored: false; readonly class: string };

export const storeAnswer = defineRpc({
  service,
  name: 'storeAnswer',
  request: StoreAnswerRequest,
  reply: replies<StoreAnswerReply>(),
});
