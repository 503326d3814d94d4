import { describe, expect, it } from '@jest/globals';
import { CacheSettings, LarderConfig } from '#service';
import { defaultPolicy } from './cache-policy.js';
import type { PolicyRepository } from './policy.repository.js';
import { PolicyService } from './policy.service.js';

const scope = { tenant: 'acme', cacheId: 'faq' };

function serviceWith(stored: Record<string, string>, settings: Partial<CacheSettings> = {}, count = 0) {
  const config = new LarderConfig();
  config.caches = [Object.assign(new CacheSettings(), { id: 'faq', ...settings })];
  const repository = {
    read: async () => stored,
    write: async (_: unknown, members: Record<string, string>) => void Object.assign(stored, members),
    list: async () => [],
    count: async () => count,
  };
  return new PolicyService(repository as unknown as PolicyRepository, config);
}

describe('a policy', () => {
  it('is the default, then the configuration, then what was set', async () => {
    expect(await serviceWith({}).read(scope)).toEqual(defaultPolicy);
    expect(await serviceWith({}, { ttlSeconds: 60 }).read(scope)).toMatchObject({ ttlSeconds: 60, ttlJitter: 0.1 });
    expect(await serviceWith({ ttlSeconds: '5' }, { ttlSeconds: 60 }).read(scope)).toMatchObject({ ttlSeconds: 5 });
  });

  it('leaves out what cannot be read', async () => {
    const spoilt = { ttlSeconds: '"x"', ttlJitter: '7', honourCacheControl: '{', attributes: '[1]', other: '1' };
    expect(await serviceWith(spoilt).read(scope)).toEqual(defaultPolicy);
    const ofGuards = { guards: '{"x":true}', ttlRules: '[1]', mode: '"off"', eviction: '"lfu"', toString: '1' };
    expect(await serviceWith(ofGuards).read(scope)).toEqual({ ...defaultPolicy, eviction: 'lfu' });
  });

  it('is seen at once where it was set, and replaces all members', async () => {
    const service = serviceWith({ ttlSeconds: '5', ttlJitter: '0.5' });
    await service.read(scope);
    await service.write(scope, { ttlSeconds: 7 });
    expect(await service.read(scope)).toEqual({ ...defaultPolicy, ttlSeconds: 7 });
  });

  it('takes null for left out', async () => {
    const policy = await serviceWith({}).write(scope, { ttlSeconds: null } as unknown as { ttlSeconds: number });
    expect(policy).toEqual(defaultPolicy);
  });

  it('is refused to a tenant that has set too many', async () => {
    await expect(serviceWith({}, {}, 1_000).write(scope, {})).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is the same object until something changes, so that compiled rules can be kept', async () => {
    const service = serviceWith({ ttlSeconds: '5' });
    const first = await service.read(scope);
    await new Promise((resolve) => setTimeout(resolve, 1_010));
    expect(await service.read(scope)).toBe(first);
  });

  it('is refused at boot when the rules of the configuration file cannot be read', () => {
    const ttlRules = [{ name: 'a', class: 'B' }];
    expect(() => serviceWith({}, { ttlRules })).toThrow('caches.faq.ttlRules: rules[0].class must be');
  });
});
