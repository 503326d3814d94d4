import { Injectable } from '@nestjs/common';
import { ServiceError, type CachePolicyMembers, type CacheScope } from '#contracts';
import { BootError, LarderConfig } from '#service';
import { HeldValues } from '../held-values.js';
import { ttlRuleFaults } from '../ttl/ttl-rule-set.js';
import { defaultPolicy, type CachePolicy } from './cache-policy.js';
import { givenMembers, parseMembers } from './policy-members.js';
import { PolicyRepository } from './policy.repository.js';

/** How long a replica may go on with a policy that another has changed. */
const maxAgeMs = 1_000;
/** Configured caches of one tenant. */
const maxCaches = 1_000;

export interface NamedPolicy extends CachePolicy {
  readonly cacheId: string;
}

/** A cache's policy: what REST has set, else the configuration file, else the defaults. */
@Injectable()
export class PolicyService {
  private readonly held = new HeldValues<CachePolicy>({ maxAgeMs, maxEntries: 10_000 });
  /** What each policy was read from. */
  private readonly texts = new WeakMap<CachePolicy, string>();

  constructor(
    private readonly repository: PolicyRepository,
    private readonly config: LarderConfig,
  ) {
    assertRules(config);
  }

  /** A cache exists as soon as it is named. The same object is given until something changes: what is derived can be kept. */
  read(scope: CacheScope): CachePolicy | Promise<CachePolicy> {
    const key = heldKey(scope);
    return this.held.get(key, async () => {
      const members = await this.repository.read(scope);
      const text = JSON.stringify(members);
      const last = this.held.last(key);
      if (last && this.texts.get(last) === text) return last;
      const policy = { ...this.configured(scope.cacheId), ...parseMembers(members) };
      this.texts.set(policy, text);
      return policy;
    });
  }

  /** Replaces the policy; members left out fall back to the configuration. */
  async write(scope: CacheScope, wanted: CachePolicyMembers): Promise<CachePolicy> {
    if ((await this.repository.count(scope.tenant)) >= maxCaches) await this.assertKnown(scope);
    const policy: CachePolicy = { ...this.configured(scope.cacheId), ...givenMembers(wanted) };
    const members = Object.entries(policy).map(([name, value]) => [name, JSON.stringify(value)]);
    await this.repository.write(scope, Object.fromEntries(members) as Record<string, string>);
    this.held.set(heldKey(scope), policy);
    return policy;
  }

  /** Every cache that the configuration or REST has set, by id. */
  async list(tenant: string): Promise<NamedPolicy[]> {
    const ids = new Set([...this.config.caches.map(({ id }) => id), ...(await this.repository.list(tenant))]);
    const named = [...ids].sort().map(async (cacheId) => ({ cacheId, ...(await this.read({ tenant, cacheId })) }));
    return Promise.all(named);
  }

  private async assertKnown({ tenant, cacheId }: CacheScope): Promise<void> {
    if ((await this.repository.list(tenant)).includes(cacheId)) return;
    throw new ServiceError('conflict', `A tenant may configure at most ${maxCaches} caches.`);
  }

  private configured(cacheId: string): CachePolicy {
    const found = this.config.caches.find(({ id }) => id === cacheId);
    if (!found) return defaultPolicy;
    const { id: _, ...members } = found;
    return { ...defaultPolicy, ...givenMembers(members) };
  }
}

function heldKey({ tenant, cacheId }: CacheScope): string {
  return `${tenant}:${cacheId}`;
}

/** What the configuration's own check cannot know. @throws BootError */
function assertRules({ caches }: LarderConfig): void {
  const faults = caches.flatMap(({ id, ttlRules }) =>
    (ttlRules ? ttlRuleFaults(ttlRules) : []).map((fault) => `LARDER_CONFIG: caches.${id}.ttlRules: ${fault}`),
  );
  if (faults.length > 0) throw new BootError(faults);
}
