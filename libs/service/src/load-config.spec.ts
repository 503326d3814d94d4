import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { BootError } from './boot-error.js';
import { settledKeys } from './config.js';
import { loadConfig } from './load-config.js';

const directory = mkdtempSync(join(tmpdir(), 'larder-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function load(yaml: string, source: NodeJS.ProcessEnv = {}) {
  const path = join(directory, 'larder.yaml');
  writeFileSync(path, yaml);
  return loadConfig(path, source);
}

function faultsOf(yaml: string, source?: NodeJS.ProcessEnv): readonly string[] {
  try {
    load(yaml, source);
  } catch (error) {
    if (error instanceof BootError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it.each(['', '# nothing yet', '{}'])('takes an empty file for the defaults: "%s"', (yaml) => {
    expect(load(yaml)).toEqual(loadConfig());
    expect(Object.values(load(yaml)).flat()).toEqual([]);
  });

  it("takes all of a cache's settings, and names what it does not know of them", () => {
    const known = 'mode: shadow, guards: { number: false }, staleIfErrorSeconds: 60, eviction: lfu';
    expect(load(`caches: [{ id: a, ${known} }]`).caches[0]).toMatchObject({
      mode: 'shadow',
      guards: { number: false },
    });
    const faults = faultsOf('caches: [{ id: a, guards: { numbers: true }, similarityThreshold: 2, ttl: 5 }]');
    expect(faults).toHaveLength(3);
    expect(faults.join()).toMatch(/guards must be an object of true and false by the names language/);
  });

  it('reads upstreams, prices, caches and keys', () => {
    const config = load(
      `
upstreams:
  - { name: main, url: "https://api.example.com/v1", apiKeyEnv: MAIN_KEY, models: ["gpt-*"] }
models:
  - { id: gpt-4o, inputPer1M: 2.5, outputPer1M: 10, revision: "2024-08-06" }
caches:
  - { id: faq, ttlSeconds: 3600, ttlJitter: 0.1, honourCacheControl: false }
apiKeys:
  - { keyId: ci, sha256: "${'a'.repeat(64)}", roles: [chat], expiresAt: "2030-01-01T00:00:00Z" }
`,
      { MAIN_KEY: 'sk-main' },
    );
    expect(config.upstreams[0]).toMatchObject({ name: 'main', apiKey: 'sk-main' });
    expect(config.models[0]).toMatchObject({ inputPer1M: 2.5 });
    expect(config.caches[0]).toMatchObject({ honourCacheControl: false });
    expect(settledKeys(config)[0]).toMatchObject({ keyId: 'ci', tenant: 'default', roles: ['chat'] });
  });

  it('lists every fault by its place, and no value', () => {
    const faults = faultsOf(`
upstreams:
  - { name: "hid:den", url: hidden, apiKey: 5 }
models:
  - { id: x, inputPer1M: hidden }
caches: hidden
apiKeys:
  - { keyId: ci, sha256: hidden, roles: [hidden], secret: hidden }
hidden-not: 1
`);
    const text = faults.join('\n');
    for (const place of ['upstreams.0.name', 'upstreams.0.url', 'models.0.inputPer1M', 'caches', 'apiKeys.0.sha256']) {
      expect(text).toContain(`LARDER_CONFIG: ${place}`);
    }
    expect(text).toContain('apiKeys.0.roles');
    expect(text).toContain('apiKeys.0.secret is not known');
    expect(text.replaceAll('hidden-not', '')).not.toContain('hidden');
  });

  it('refuses two of one name', () => {
    expect(faultsOf('models: [{id: a}, {id: b}, {id: a}]')).toEqual([expect.stringContaining('models.2')]);
  });

  it('reads policies of limits and whom they are for', () => {
    const config = load(`
limitPolicies:
  - name: gold
    limits: [{ name: rpm, scope: [user], unit: requests, algorithm: token-bucket, capacity: 60, windowSeconds: 60 }]
limitAssignments:
  - { policy: gold, tenant: acme, user: ann@example.org }
`);
    expect(config.limitPolicies).toMatchObject([{ name: 'gold', limits: [{ capacity: 60 }] }]);
    expect(config.limitAssignments).toMatchObject([{ policy: 'gold', user: 'ann@example.org' }]);
  });

  it('lists every fault of limits', () => {
    const faults = faultsOf(`
limitPolicies:
  - name: gold
    limits:
      - { name: rpm, scope: [planet], unit: requests, algorithm: fixed-window, capacity: 0 }
      - { name: rpm, scope: [user], unit: requests, algorithm: calendar-window, capacity: 1 }
limitAssignments:
  - { policy: gold, user: ann }
`);
    const text = faults.join('\n');
    const places = ['0.scope', '0.capacity', '0.windowSeconds', '1.period'];
    for (const place of places) expect(text).toContain(`LARDER_CONFIG: limitPolicies.0.limits.${place}`);
    expect(text).toContain('limitPolicies.0.limits must have names of their own');
    expect(text).toContain('limitAssignments.0.user needs tenant');
    const one =
      '{ name: p, limits: [{ name: l, scope: [user], unit: requests, algorithm: concurrency, capacity: 1, windowSeconds: 1 }] }';
    expect(faultsOf(`limitPolicies: [${one}, ${one}]`)).toEqual([
      expect.stringContaining('limitPolicies.1 has the name'),
    ]);
  });

  it('refuses a key whose variable is not set', () => {
    const yaml = 'upstreams: [{ name: a, url: "http://localhost/v1", apiKeyEnv: NOT_THERE }]';
    expect(faultsOf(yaml)).toEqual(['LARDER_CONFIG: upstreams.0.apiKeyEnv names a variable that is not set']);
  });

  it.each(['a: [hidden', '- hidden', 'hidden', 'a: 1\na: hidden'])(
    'refuses what is no mapping, unquoted: %j',
    (yaml) => {
      const faults = faultsOf(yaml);
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(/^LARDER_CONFIG/);
      expect(faults[0]).not.toContain('hidden');
    },
  );

  it('refuses a file that is not there', () => {
    expect(() => loadConfig(join(directory, 'missing.yaml'))).toThrow(BootError);
  });
});
