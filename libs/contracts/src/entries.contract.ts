import { IsObject, IsOptional, Length, Matches } from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { hex128Pattern, identifierPattern, tagPattern } from './identifiers.js';
import { CacheScope } from './question.contract.js';

const service = 'cache';

export class EntryAddress extends CacheScope {
  @Matches(hex128Pattern)
  entryId: string;
}

export const deleteEntry = defineRpc({
  service,
  name: 'deleteEntry',
  request: EntryAddress,
  reply: replies<{ readonly deleted: boolean }>(),
});

/** Exactly one of the members beside the scope says which entries. */
export class InvalidateRequest extends CacheScope {
  @IsOptional()
  @Matches(tagPattern)
  tag?: string;

  /** Entries that carry all of these. */
  @IsOptional()
  @IsObject()
  attributes?: Record<string, string>;

  @IsOptional()
  @Length(1, 256)
  model?: string;

  /** The API key that wrote them. */
  @IsOptional()
  @Matches(identifierPattern)
  writer?: string;
}

export const invalidateEntries = defineRpc({
  service,
  name: 'invalidateEntries',
  request: InvalidateRequest,
  reply: replies<{ readonly deletedEntriesCount: number }>(),
  deadlineMs: 30_000,
});

/** Forgets every entry of a cache in O(1), by a new generation. */
export const flushCache = defineRpc({
  service,
  name: 'flushCache',
  request: CacheScope,
  reply: replies<{ readonly generation: string }>(),
});
