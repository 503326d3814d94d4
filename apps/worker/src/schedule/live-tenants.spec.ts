import { describe, expect, it } from '@jest/globals';
import { ServiceEnv, type ApiKeyDirectory } from '#service';
import { LiveTenants } from './live-tenants.service.js';

const tenants = (env: Partial<ServiceEnv>, { loaded = true, live = [] as string[] } = {}) => {
  const keys = { loaded, hasLiveKeys: (tenant: string) => live.includes(tenant) } as unknown as ApiKeyDirectory;
  return new LiveTenants(Object.assign(new ServiceEnv(), env), keys);
};
const withKeys = { adminKey: 'secret' };

describe('a tenant', () => {
  it('gets work by the clock while somebody has a key of it', () => {
    const known = tenants(withKeys, { live: ['acme'] });
    expect([known.isLive('acme'), known.isLive('deleted')]).toEqual([true, false]);
  });

  it('is not judged before the keys are known, nor where there are none', () => {
    expect(tenants(withKeys, { loaded: false }).isLive('acme')).toBe(true);
    expect(tenants({}).isLive('acme')).toBe(true);
    expect(tenants(withKeys).isLive('default')).toBe(true);
  });
});
