import { Injectable } from '@nestjs/common';
import { identifierPattern, ServiceError, type CacheScope, type EntryAddress } from '#contracts';
import { newId } from '#service';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { entryLabels } from '../catalogue/entry-labels.js';
import { GenerationService } from '../generation/generation.service.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import { PolicyService } from '../policy/policy.service.js';
import { entryFields } from '../response/entry-fields.js';
import { freshness } from '../response/freshness.js';
import {
  ResponseCacheRepository,
  type GenerationAddress,
  type NewEntry,
} from '../response/response-cache.repository.js';
import type { StoredAnswer } from '../response/stored-answer.js';
import { jitteredTtlMs } from '../response/time-to-live.js';
import { SemanticIndexService } from '../semantic/semantic-index.service.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { assertDeclared, type Attributes } from './attributes.js';
import { orFailedDependency } from './entries.errors.js';
import { isTooShort } from './entry-search.service.js';
import { EntryVariantsRepository } from './entry-variants.repository.js';
import { maxResponseLength, type PromptEntry } from './prompt-entry.js';
import { promptKey } from './prompt-key.js';

export interface StoreOptions {
  /** Else the cache's own. */
  readonly ttlMs?: number;
  /** The API key that writes it. */
  readonly writer: string;
}

/** Prompts and responses that applications store themselves, in a key space of their own: they never answer a chat. */
@Injectable()
export class EntriesService {
  constructor(
    private readonly repository: ResponseCacheRepository,
    private readonly variants: EntryVariantsRepository,
    private readonly catalogue: CatalogueService,
    private readonly index: SemanticIndexService,
    private readonly generations: GenerationService,
    private readonly policies: PolicyService,
    private readonly statistics: StatisticsService,
  ) {}

  /**
   * Findable by its text when this returns, and by its meaning a moment later.
   * @returns the id of the new entry, which takes the place of one with the same prompt and attributes
   * @throws ServiceError invalid_request, payload_too_large, failed_dependency
   */
  store(scope: CacheScope, entry: PromptEntry, options: StoreOptions): Promise<string> {
    return orFailedDependency(async () => {
      const policy = await this.policies.read(scope);
      assertDeclared(entry.attributes, policy.attributes);
      assertLength(entry);
      const generation = await this.generations.current(scope);
      const address = { ...scope, generation, exactKey: promptKey(entry.prompt, entry.attributes) };
      const made = newEntry(entry, policy, options);
      const replaces = await this.repository.write(address, made);
      if (Object.keys(entry.attributes).length > 0) await this.listVariant(address, entry, made);
      this.statistics.count(scope, { stores: 1 });
      this.makeFindable({ address, entry, made, policy }, replaces);
      return made.header.entryId;
    });
  }

  /**
   * Deletes the entries of applications that carry all of these attributes; answers to chats stay.
   * @throws ServiceError invalid_request, failed_dependency
   */
  deleteByAttributes(scope: CacheScope, attributes: Attributes): Promise<number> {
    return orFailedDependency(async () => {
      assertDeclared(attributes, (await this.policies.read(scope)).attributes);
      return this.catalogue.invalidate({ ...scope, attributes }, 'prompt');
    });
  }

  /** Any entry, of chat or of an application, while a look-up could still find it. */
  async read(entry: EntryAddress): Promise<StoredAnswer> {
    const address = await this.repository.find(entry, entry.entryId);
    const isPresent = address?.generation === (await this.generations.current(entry));
    const stored = address && isPresent ? await this.repository.read(address) : 'absent';
    const isThis = typeof stored === 'object' && stored.header.entryId === entry.entryId;
    const isServable =
      isThis && !freshness(stored.header).reason && (await this.catalogue.isValid(entry, stored.header));
    if (!isServable) throw new ServiceError('not_found', 'There is no such entry.');
    return stored;
  }

  private async listVariant(address: GenerationAddress, { prompt }: PromptEntry, { header }: NewEntry): Promise<void> {
    await this.variants.add({ ...address, exactKey: promptKey(prompt, {}) }, address.exactKey, header.expiresAt);
  }

  /** Not awaited: an entry that is found by its text alone is still right. */
  private makeFindable({ address, entry, made, policy }: Stored, replaces: string | undefined): void {
    const { tenant, cacheId, exactKey, generation } = address;
    const { entryId, expiresAt } = made.header;
    const labelled = { ...labelsOf(entry, made.writer), exactKey, entryId, expiresAt, replaces };
    this.catalogue.record({ tenant, cacheId }, labelled, policy);
    if (policy.mode === 'exact' || isTooShort(entry.prompt, policy)) return;
    this.index.add({
      entry: { tenant, cacheId, entryId },
      boundaries: { generation, kind: 'prompt' },
      labels: entry.attributes,
      text: entry.prompt,
      fields: entryFields(address, entry.prompt),
      expiresAt,
    });
  }
}

/** Not by the DTO: LangCache's clients know 413. */
function assertLength({ response }: PromptEntry): void {
  if (response.length <= maxResponseLength) return;
  const text = `response must have at most ${maxResponseLength} characters`;
  throw new ServiceError('payload_too_large', text, { param: 'response' });
}

/** What is written, and by whom. */
interface MadeEntry extends NewEntry {
  readonly writer: string | undefined;
}

interface Stored {
  readonly address: GenerationAddress;
  readonly entry: PromptEntry;
  readonly made: MadeEntry;
  readonly policy: CachePolicy;
}

function newEntry(
  entry: PromptEntry,
  policy: CachePolicy,
  { ttlMs: wantedMs, writer: keyId }: StoreOptions,
): MadeEntry {
  const ttlMs = wantedMs ?? jitteredTtlMs(policy.ttlSeconds, policy.ttlJitter);
  const writer = identifierPattern.test(keyId) ? keyId : undefined;
  const createdAt = Date.now();
  const header = {
    entryId: newId(),
    kind: 'prompt',
    createdAt,
    expiresAt: createdAt + ttlMs,
    model: '',
    tokens: 0,
    costMicroUsd: 0,
    latencyMs: 0,
    labels: entryLabels(labelsOf(entry, writer)),
  } as const;
  return { header, answer: JSON.stringify(entry), ttlMs, prompt: entry.prompt, writer };
}

function labelsOf({ attributes }: PromptEntry, writer: string | undefined) {
  return { kind: 'prompt', model: '', attributes, writer } as const;
}
