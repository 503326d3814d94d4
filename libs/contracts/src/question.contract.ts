import { IsBoolean, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { identifierPattern, sha256Pattern } from './identifiers.js';

/** Which cache of which tenant; every request to the cache names both. */
export class CacheScope {
  @Matches(identifierPattern)
  tenant: string;

  @Matches(identifierPattern)
  cacheId: string;
}

/** The address of one exact answer: SHA-256 over the canonical body and its boundaries, computed by the gateway. */
export class ExactAddress extends CacheScope {
  @Matches(sha256Pattern)
  exactKey: string;
}

/** From strict to loose; a caller may ask for a stricter one than the cache's policy, never for a looser one. */
export const cacheModes = ['exact', 'shadow', 'semantic'] as const;
export type CacheMode = (typeof cacheModes)[number];

/** Characters of a last turn that cross the bus; of a longer one its beginning does, for its class alone. */
export const maxTurnLength = 16_384;

/** What was asked, as far as the cache must know it to choose a class and to compare by meaning. */
export class Question extends ExactAddress {
  /** For the statistics, and for invalidation by model. */
  @IsString()
  model: string;

  /** Text of the last user turn, cut at `maxTurnLength`; absent when there is none. */
  @IsOptional()
  @IsString()
  @MaxLength(maxTurnLength)
  turn?: string;

  /**
   * SHA-256 of everything else in the request and its boundaries; absent when the turn cannot be compared by meaning: it was
   * cut, or is not the last message.
   */
  @IsOptional()
  @Matches(sha256Pattern)
  frame?: string;

  /** The request offers tools to the model. */
  @IsOptional()
  @IsBoolean()
  hasTools?: boolean;

  /** Who asks, for answers of a class that has a partition for each user. */
  @IsOptional()
  @Length(1, 512)
  userId?: string;
}
