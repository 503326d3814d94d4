import { Matches } from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { CacheScope } from './question.contract.js';

export class ReadStatisticsRequest extends CacheScope {
  /** First and last day, `YYYY-MM-DD` in UTC, both included. */
  @Matches(/^\d{4}-\d{2}-\d{2}$/)
  from: string;

  @Matches(/^\d{4}-\d{2}-\d{2}$/)
  to: string;
}

export interface CacheCounts {
  readonly hitsExact: number;
  readonly hitsSemantic: number;
  /** Of those, the ones whose answer had expired and was served while, or because, a fresh one was not at hand. */
  readonly hitsStale: number;
  /** What shadow mode would have served; none of them is a hit. */
  readonly shadowHitsExact: number;
  readonly shadowHitsSemantic: number;
  readonly coalesced: number;
  readonly stores: number;
  readonly misses: Readonly<Record<string, number>>;
  readonly tokensSaved: number;
  readonly savedMicroUsd: number;
  /** `0.012345`, dollars. */
  readonly savedUsd: string;
  /** What embedding questions cost, where that was counted. */
  readonly embeddingMicroUsd: number;
  /** Saved, less what embedding cost; negative when that is more. */
  readonly netSavedMicroUsd: number;
  /** `0.012345`, dollars. */
  readonly netSavedUsd: string;
  readonly timeSavedMs: number;
}

export interface CacheStatistics extends CacheCounts {
  readonly from: string;
  readonly to: string;
  readonly byDay: Readonly<Record<string, CacheCounts>>;
  readonly byModel: Readonly<Record<string, CacheCounts>>;
}

export const readStatistics = defineRpc({
  service: 'cache',
  name: 'readStatistics',
  request: ReadStatisticsRequest,
  reply: replies<CacheStatistics>(),
});
