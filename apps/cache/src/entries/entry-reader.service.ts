import { Injectable } from '@nestjs/common';
import type { CacheScope, MissReason } from '#contracts';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { FeedbackService } from '../feedback/feedback.service.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import { freshness } from '../response/freshness.js';
import { ResponseCacheRepository, type GenerationAddress } from '../response/response-cache.repository.js';
import { carries, type Attributes } from './attributes.js';
import { asPromptEntry, type PromptEntry } from './prompt-entry.js';

/** A prompt that is looked for. */
export interface AskedPrompt {
  readonly scope: CacheScope;
  readonly policy: CachePolicy;
  readonly generation: string;
  readonly prompt: string;
  readonly attributes: Attributes;
  /** Least similarity (0–1) that the caller accepts. */
  readonly threshold?: number;
}

export type SearchStrategy = 'exact' | 'semantic';

export interface FoundEntry extends PromptEntry {
  readonly id: string;
  readonly similarity: number;
  readonly searchStrategy: SearchStrategy;
}

export interface EntryCandidate {
  readonly exactKey: string;
  readonly via: SearchStrategy;
  /** 0–1; 1 for the same text. */
  readonly similarity: number;
  /** The entry that must be there; any when absent. */
  readonly entryId?: string;
}

/** Reads what an application has stored, and decides whether this question may have it. */
@Injectable()
export class EntryReaderService {
  constructor(
    private readonly repository: ResponseCacheRepository,
    private readonly catalogue: CatalogueService,
    private readonly feedback: FeedbackService,
  ) {}

  /**
   * `ghost`: the entry that was named is not there any more.
   * @throws ServiceError unavailable when Redis does not answer
   */
  async read(asked: AskedPrompt, candidate: EntryCandidate): Promise<FoundEntry | MissReason | 'ghost'> {
    const { exactKey, via, similarity } = candidate;
    const address: GenerationAddress = { ...asked.scope, exactKey, generation: asked.generation };
    // Side by side, so that feedback costs no round trip of its own.
    const [stored, admission] = await Promise.all([
      this.repository.read(address),
      this.feedback.admits(asked.scope, address, { via, similarity, turn: asked.prompt }, asked.policy),
    ]);
    if (typeof stored === 'string') return stored === 'absent' && candidate.entryId ? 'ghost' : stored;
    const { header } = stored;
    if (candidate.entryId && header.entryId !== candidate.entryId) return 'ghost';
    const entry = asPromptEntry(stored);
    if (!entry) return 'unreadable';
    const { reason } = freshness(header);
    if (reason) return reason;
    if (!carries(entry.attributes, asked.attributes)) return 'absent';
    if (!(await this.catalogue.isValid(asked.scope, header))) return 'absent';
    if (admission === true && !this.feedback.isConfirmed(header, asked.policy)) return 'unconfirmed';
    return admission === true ? { id: header.entryId, ...entry, similarity, searchStrategy: via } : admission;
  }
}
