import { Injectable } from '@nestjs/common';
import type { CacheScope, MissReason } from '#contracts';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { GenerationService } from '../generation/generation.service.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import { PolicyService } from '../policy/policy.service.js';
import { guardVeto } from '../semantic/guards/guard-veto.js';
import { SemanticIndexService, type SemanticCandidate } from '../semantic/semantic-index.service.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { assertDeclared, type Attributes } from './attributes.js';
import { orFailedDependency, searchFault, isSearchFault, type SearchFault } from './entries.errors.js';
import { EntryReaderService, type AskedPrompt, type FoundEntry, type SearchStrategy } from './entry-reader.service.js';
import { EntryVariantsRepository } from './entry-variants.repository.js';
import { promptKey } from './prompt-key.js';

/** Entries that are looked at: the nearest may be vetoed or gone. */
const maxCandidates = 5;
/** Milliseconds for the vector of a question, and for the whole search by meaning: callers wait for it, unlike a chat. */
const embedMs = 1_500;
const searchMs = 2_000;
const variantsAtOnce = 16;

export interface EntrySearch {
  readonly prompt: string;
  readonly attributes: Attributes;
  /** In the order of trying. */
  readonly strategies: readonly SearchStrategy[];
  readonly threshold?: number;
}

/** Finds what applications have stored: by the same text, ignoring case, or by meaning, past the guards of the cache. */
@Injectable()
export class EntrySearchService {
  constructor(
    private readonly reader: EntryReaderService,
    private readonly variants: EntryVariantsRepository,
    private readonly index: SemanticIndexService,
    private readonly catalogue: CatalogueService,
    private readonly generations: GenerationService,
    private readonly policies: PolicyService,
    private readonly statistics: StatisticsService,
  ) {}

  /**
   * The best entry of the first strategy that finds one.
   * @throws ServiceError failed_dependency when Redis, the embedder or the index does not answer and nothing else found it
   */
  search(scope: CacheScope, wanted: EntrySearch): Promise<FoundEntry | undefined> {
    return orFailedDependency(async () => {
      const policy = await this.policies.read(scope);
      assertDeclared(wanted.attributes, policy.attributes);
      const generation = await this.generations.current(scope);
      return this.tryAll({ ...wanted, scope, policy, generation }, wanted.strategies);
    });
  }

  private async tryAll(asked: AskedPrompt, strategies: readonly SearchStrategy[]): Promise<FoundEntry | undefined> {
    let reason: MissReason = 'absent';
    let fault: SearchFault | undefined;
    for (const strategy of strategies) {
      const found = await (strategy === 'exact' ? this.byText(asked) : this.byMeaning(asked));
      if (typeof found === 'object') return this.hit(asked, found);
      if (isSearchFault(found)) fault ??= found;
      reason = found;
    }
    this.statistics.count(asked.scope, { [`miss:${reason}`]: 1 });
    if (fault) throw searchFault(fault);
    return undefined;
  }

  private hit({ scope, policy }: AskedPrompt, found: FoundEntry): FoundEntry {
    this.statistics.count(scope, { [found.searchStrategy === 'exact' ? 'hitsExact' : 'hitsSemantic']: 1 });
    this.catalogue.touch(scope, found.id, policy);
    return found;
  }

  /** One GET where the attributes are the same; where the entry may carry more of them, those that it was stored with are tried. */
  private async byText(asked: AskedPrompt): Promise<FoundEntry | MissReason> {
    const { scope, policy, generation, prompt, attributes } = asked;
    const same = await this.readExact(asked, promptKey(prompt, attributes));
    const mayCarryMore = Object.keys(attributes).length < policy.attributes.length;
    if (typeof same === 'object' || !mayCarryMore) return same;
    const keys = await this.variants.list({ ...scope, generation, exactKey: promptKey(prompt, {}) });
    for (let start = 0; start < keys.length; start += variantsAtOnce) {
      const batch = keys.slice(start, start + variantsAtOnce);
      const read = await Promise.all(batch.map((exactKey) => this.readExact(asked, exactKey)));
      const found = read.find((entry) => typeof entry === 'object');
      if (found) return found;
    }
    return same;
  }

  private async readExact(asked: AskedPrompt, exactKey: string): Promise<FoundEntry | MissReason> {
    const found = await this.reader.read(asked, { exactKey, via: 'exact', similarity: 1 });
    return found === 'ghost' ? 'absent' : found;
  }

  /** The very same text needs neither vector nor index: it is found as soon as it is stored, and while they are away. */
  private async byMeaning(asked: AskedPrompt): Promise<FoundEntry | MissReason> {
    const same = await this.byText(asked);
    if (typeof same === 'object' && same.prompt === asked.prompt) return { ...same, searchStrategy: 'semantic' };
    const { scope, policy, generation, prompt, attributes, threshold } = asked;
    if (policy.mode !== 'semantic') return 'absent';
    if (isTooShort(prompt, policy)) return 'too-short';
    const found = await this.index.find({
      scope,
      boundaries: { generation, kind: 'prompt' },
      labels: attributes,
      text: prompt,
      ...(policy.similarityThreshold !== undefined && { policyThreshold: policy.similarityThreshold }),
      ...(threshold !== undefined && { threshold }),
      limit: maxCandidates,
      embedMs,
      endsAt: performance.now() + searchMs,
    });
    return typeof found === 'string' ? found : this.firstServable(asked, found);
  }

  /** The reason of the nearest is the reason of the miss. */
  private async firstServable(
    asked: AskedPrompt,
    candidates: readonly SemanticCandidate[],
  ): Promise<FoundEntry | MissReason> {
    let nearest: MissReason | undefined;
    for (const candidate of candidates) {
      const veto = guardVeto(asked.prompt, candidate.prompt, asked.policy.guards);
      const found = veto
        ? (`guard-${veto}` as const)
        : await this.reader.read(asked, { ...candidate, via: 'semantic' });
      if (typeof found === 'object') return found;
      if (found === 'ghost') this.index.forget({ ...asked.scope, entryId: candidate.entryId });
      else nearest ??= found;
    }
    return nearest ?? 'absent';
  }
}

/** Too little is said for a comparison by meaning. */
export function isTooShort(prompt: string, { minPromptLength }: CachePolicy): boolean {
  return prompt.trim().length < Math.max(1, minPromptLength);
}
