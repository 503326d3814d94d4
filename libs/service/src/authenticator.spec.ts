import { describe, expect, it } from '@jest/globals';
import { ServiceError } from '#contracts';
import type { ApiKeyDirectory } from './api-key-directory.js';
import { Authenticator } from './authenticator.js';
import { ServiceEnv } from './env.js';
import type { TenantSecret } from './tenant-secret.js';

const known = { tenant: 't', keyId: 'k', roles: ['chat' as const] };
const directory = { authenticate: () => known } as unknown as ApiKeyDirectory;
const secret = { value: () => 'a-secret-of-the-suite' } as unknown as TenantSecret;

const authenticator = (env: Partial<ServiceEnv>) =>
  new Authenticator(Object.assign(new ServiceEnv(), env), directory, secret);

describe('authentication', () => {
  it('lets everybody be the default tenant while the suite is open', () => {
    const open = authenticator({});
    for (const header of [undefined, 'Bearer sk-whatever', 'Basic xyz']) {
      expect(open.authenticate(header)).toMatchObject({ tenant: 'default', keyId: 'open' });
    }
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'administer'])('asks for a bearer token: %s', (header) => {
    expect(() => authenticator({ adminKey: 'administer' }).authenticate(header)).toThrow(ServiceError);
  });

  it('knows the administrator in every mode', () => {
    for (const auth of ['keys', 'passthrough'] as const) {
      const principal = authenticator({ adminKey: 'administer', auth }).authenticate('bearer administer');
      expect(principal).toMatchObject({ keyId: 'admin', tenant: 'default' });
      expect(principal).not.toHaveProperty('upstreamAuthorization');
    }
  });

  it('asks the directory for any other key', () => {
    expect(authenticator({ adminKey: 'administer' }).authenticate('Bearer x')).toBe(known);
  });

  it("makes a tenant of a client's own key, and hands the key on", () => {
    const passthrough = authenticator({ auth: 'passthrough' });
    const [one, again, other] = ['Bearer sk-one', 'Bearer sk-one', 'Bearer sk-other'].map(
      (header) => passthrough.authenticate(header) as { tenant: string },
    );
    expect(one).toMatchObject({
      tenant: expect.stringMatching(/^[0-9a-f]{32}$/),
      upstreamAuthorization: 'Bearer sk-one',
    });
    expect(again!.tenant).toBe(one!.tenant);
    expect(other!.tenant).not.toBe(one!.tenant);
    expect(one).toMatchObject({ roles: expect.not.arrayContaining(['admin']) });
  });

  it('makes another tenant of the same key in another organization or project, and hands both on', () => {
    const passthrough = authenticator({ auth: 'passthrough' });
    const accounts = [{}, { 'openai-organization': 'o1' }, { 'openai-organization': 'o2' }, { 'openai-project': 'o1' }];
    const principals = accounts.map((account) => passthrough.authenticate('Bearer sk-one', account));
    expect(new Set(principals.map((each) => (each as { tenant: string }).tenant)).size).toBe(accounts.length);
    expect(principals[1]).toMatchObject({ upstreamAccount: accounts[1] });
  });
});
