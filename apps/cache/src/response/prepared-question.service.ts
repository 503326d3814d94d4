import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Question } from '#contracts';
import { GenerationService } from '../generation/generation.service.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import { PolicyService } from '../policy/policy.service.js';
import type { TtlDecision } from '../ttl/classify.js';
import { TtlClassService } from '../ttl/ttl-class.service.js';
import type { GenerationAddress } from './response-cache.repository.js';

/** A question with all that follows for it before anything is looked up. */
export interface PreparedQuestion<Asked extends Question = Question> {
  readonly asked: Asked;
  readonly policy: CachePolicy;
  readonly decision: TtlDecision;
  /** Where its answer lies, in the user's partition where the class asks for one. */
  readonly address: GenerationAddress;
  /** Which partition of the class the user has; absent where it has none. */
  readonly userPartition?: string;
  /** The class has partitions, and nobody says who asks. */
  readonly isUserUnknown: boolean;
}

/** What the cache's policy, its generation and the class of the question make of it: the same at look-up and store. */
@Injectable()
export class PreparedQuestionService {
  constructor(
    private readonly policies: PolicyService,
    private readonly generations: GenerationService,
    private readonly classes: TtlClassService,
  ) {}

  /**
   * At once and without a command, as long as policy and generation are held.
   * @param generation of the look-up that missed; the current one when absent
   * @throws ServiceError unavailable when policy or generation cannot be known
   */
  prepare<Asked extends Question>(
    asked: Asked,
    generation?: string,
  ): PreparedQuestion<Asked> | Promise<PreparedQuestion<Asked>> {
    const policy = this.policies.read(asked);
    const current = generation ?? this.generations.current(asked);
    return policy instanceof Promise || current instanceof Promise
      ? Promise.all([policy, current]).then((known) => this.prepareBy(asked, ...known))
      : this.prepareBy(asked, policy, current);
  }

  private prepareBy<Asked extends Question>(
    asked: Asked,
    policy: CachePolicy,
    generation: string,
  ): PreparedQuestion<Asked> {
    const { tenant, cacheId, exactKey, userId } = asked;
    const decision = this.classes.classify(asked.turn ?? '', userId, policy);
    const userPartition = decision.partitionByUser && userId ? partitionOf(userId) : undefined;
    const key = userPartition === undefined ? exactKey : partitionedKey(exactKey, userPartition);
    return {
      asked,
      policy,
      decision,
      address: { tenant, cacheId, exactKey: key, generation },
      ...(userPartition !== undefined && { userPartition }),
      isUserUnknown: decision.partitionByUser && !userId,
    };
  }
}

function partitionOf(userId: string): string {
  return sha256('larder user partition', userId);
}

function partitionedKey(exactKey: string, partition: string): string {
  return sha256('larder partitioned key', exactKey, partition);
}

function sha256(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
