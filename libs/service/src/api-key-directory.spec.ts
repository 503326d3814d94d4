import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceError } from '#contracts';
import { ApiKeyDirectory } from './api-key-directory.js';
import { formatApiKey, hashSecret, type ApiKeyRecord } from './api-key.js';
import type { ApiKeyRepository, KeyChange } from './api-key.repository.js';

const secret = 'a-secret-of-enough-length';
const token = (keyId: string) => formatApiKey({ keyId, secret });

function record(keyId: string, more: Partial<ApiKeyRecord> = {}): ApiKeyRecord {
  const sha256 = hashSecret(secret).toString('hex');
  return { keyId, tenant: 't', roles: ['chat'], sha256, createdAt: new Date().toISOString(), ...more };
}

/** Redis as the directory sees it. */
class FakeRepository {
  readonly records = new Map<string, ApiKeyRecord>();
  changes: KeyChange[] = [];
  finds = 0;
  away = false;

  put(one: ApiKeyRecord, version = (this.changes.at(-1)?.version ?? 0) + 1): void {
    this.records.set(one.keyId, one);
    this.changes = [...this.changes.filter(({ keyId }) => keyId !== one.keyId), { keyId: one.keyId, version }];
  }

  async find(keyId: string): Promise<ApiKeyRecord | undefined> {
    if (this.away) throw new ServiceError('unavailable', 'Redis is unavailable');
    this.finds += 1;
    return this.records.get(keyId);
  }

  async changesFrom(version: number, limit: number): Promise<KeyChange[]> {
    if (this.away) throw new ServiceError('unavailable', 'Redis is unavailable');
    return this.changes.filter((change) => change.version >= version).slice(0, limit);
  }

  async forget(keyIds: readonly string[]): Promise<void> {
    this.changes = this.changes.filter(({ keyId }) => !keyIds.includes(keyId));
  }
}

describe('the directory of API keys', () => {
  let repository: FakeRepository;
  let directory: ApiKeyDirectory;
  const open = (settled: ApiKeyRecord[] = []) =>
    new ApiKeyDirectory(repository as unknown as ApiKeyRepository, settled);

  beforeEach(() => {
    repository = new FakeRepository();
    directory = open();
  });

  const codeOf = async (key: string): Promise<string> => {
    try {
      return (await directory.authenticate(key)).keyId;
    } catch (error) {
      return (error as ServiceError).code;
    }
  };

  it('knows every key after one reading, and asks Redis nothing for them', async () => {
    for (let at = 0; at < 1_200; at += 1) repository.put(record(`k${at}`));
    await directory.refresh();
    repository.away = true;
    expect(directory.authenticate(token('k0'))).toMatchObject({ tenant: 't', keyId: 'k0', roles: ['chat'] });
    expect(directory.authenticate(token('k1199'))).toBe(directory.authenticate(token('k1199')));
  });

  it('looks an unknown key up once', async () => {
    await directory.refresh();
    repository.put(record('late'));
    expect(await codeOf(token('late'))).toBe('late');
    expect(await codeOf(token('late'))).toBe('late');
    expect(repository.finds).toBe(1);
  });

  it('cannot judge an unknown key while Redis is away', async () => {
    await directory.refresh();
    repository.away = true;
    expect(await codeOf(token('unknown'))).toBe('unavailable');
  });

  it.each([
    '',
    'sk-123',
    'lk_a',
    'lk__x',
    'lk_a:b_0123456789abcdef',
    `lk_a_${'x'.repeat(500)}`,
    'lk_a_with spaces in the secret',
  ])('refuses what is no key of ours without asking: "%s"', async (key) => {
    expect(await codeOf(key)).toBe('unauthenticated');
    expect(repository.finds).toBe(0);
  });

  it('refuses a wrong secret, known key or not', async () => {
    repository.put(record('k'));
    const wrong = formatApiKey({ keyId: 'k', secret: 'another-secret-altogether' });
    expect(await codeOf(wrong)).toBe('unauthenticated');
    await directory.refresh();
    expect(await codeOf(wrong)).toBe('unauthenticated');
  });

  it('refuses expired keys by the clock', async () => {
    repository.put(record('past', { expiresAt: new Date(Date.now() - 1).toISOString() }));
    repository.put(record('future', { expiresAt: new Date(Date.now() + 60_000).toISOString() }));
    await directory.refresh();
    expect(await codeOf(token('past'))).toBe('unauthenticated');
    expect(await codeOf(token('future'))).toBe('future');
  });

  it('hears of a revocation by reading the changed key only', async () => {
    repository.put(record('a'));
    repository.put(record('b'));
    await directory.refresh();
    repository.put(record('a', { revokedAt: new Date().toISOString() }));
    repository.finds = 0;
    await directory.refresh();
    expect(await codeOf(token('a'))).toBe('unauthenticated');
    expect(repository.finds).toBe(1);
    expect(directory.hasLiveKeys('t')).toBe(true);
  });

  it('is not talked out of a revocation by an older look-up', async () => {
    await directory.refresh();
    repository.put(record('k'));
    const slow = directory.authenticate(token('k'));
    repository.put(record('k', { revokedAt: new Date().toISOString() }));
    await Promise.all([directory.refresh(), Promise.resolve(slow).catch(() => undefined)]);
    await directory.refresh();
    expect(await codeOf(token('k'))).toBe('unauthenticated');
  });

  it('reads everything again when Redis lost what it had seen', async () => {
    repository.put(record('lost'), 50);
    await directory.refresh();
    repository.records.clear();
    repository.changes = [];
    repository.put(record('other'), 7);
    await directory.refresh();
    expect(await codeOf(token('lost'))).toBe('unauthenticated');
    expect(directory.authenticate(token('other'))).toMatchObject({ keyId: 'other' });
  });

  it('forgets keys whose time to be listed is over', async () => {
    repository.put(record('gone'));
    repository.records.clear();
    await directory.refresh();
    expect(repository.changes).toEqual([]);
  });

  it('keeps the keys of the configuration file whatever Redis says', async () => {
    directory = open([record('file')]);
    repository.put(record('file', { revokedAt: new Date().toISOString() }));
    await directory.refresh();
    expect(await codeOf(token('file'))).toBe('file');
  });
});
