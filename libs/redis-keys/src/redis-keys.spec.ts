import { describe, expect, it } from '@jest/globals';
import { cacheKeys } from './cache.keys.js';
import { gatewayKeys } from './gateway.keys.js';
import { limitRuleKeys } from './limit-rules.keys.js';
import { reservationKeys } from './reservation.keys.js';
import { serviceKeys } from './service.keys.js';
import { transportKeys } from './transport.keys.js';

const sha256 = 'a'.repeat(64);

describe('keys', () => {
  it('of the cache name domain, tenant, cache and id', () => {
    const keys = cacheKeys('larder');
    expect(keys.exact('acme', 'faq', '1700000000000', sha256)).toBe(`larder:exact:acme:faq:1700000000000:${sha256}`);
    expect(keys.entry('acme', 'faq', 'e1')).toBe('larder:entry:acme:faq:e1');
    expect(keys.generation('acme', 'faq')).toBe('larder:generation:acme:faq');
    expect(keys.policy('acme', 'faq')).toBe('larder:policy:acme:faq');
    expect(keys.policyIndex('acme')).toBe('larder:policies:acme');
    expect(keys.statistics('acme', 'faq', '2026-11-21')).toBe('larder:stats:acme:faq:2026-11-21');
  });

  it('of a flight share a slot', () => {
    const keys = cacheKeys('larder');
    expect(keys.flightLease(sha256)).toBe(`larder:flight:{${sha256}}:lease`);
    expect(keys.flightResult(sha256)).toBe(`larder:flight:{${sha256}}:result`);
  });

  it('of limit rules share a slot', () => {
    const keys = limitRuleKeys('larder');
    const all = [keys.rules(), keys.changes(), keys.removed()];
    expect(all.map((key) => /{(.+)}/.exec(key)?.[1])).toEqual(['rules', 'rules', 'rules']);
    expect(new Set(all).size).toBe(3);
  });

  it('of reservations share the slot of their tenant', () => {
    const keys = reservationKeys('larder');
    expect(keys.reservation('acme', 'r1')).toBe('larder:reservation:{acme}:r1');
    expect(keys.outstanding('acme')).toBe('larder:reservations:{acme}');
    expect(keys.outputLengths('acme', sha256)).toBe(`larder:output-lengths:{acme}:${sha256}`);
    expect(keys.countedModels('acme')).toBe('larder:counted-models:{acme}');
    expect(keys.reservingTenants()).toBe('larder:reserving-tenants');
  });

  it('of gateway, services and transport', () => {
    expect(gatewayKeys('larder').idempotency('acme', sha256)).toBe(`larder:idempotency:acme:${sha256}`);
    expect(gatewayKeys('larder').idempotencyIndex('acme', sha256)).toBe(`larder:idempotency-index:acme:${sha256}`);
    expect(gatewayKeys('larder').embedding('acme', sha256)).toBe(`larder:embedding:acme:${sha256}`);
    expect(gatewayKeys('larder').embeddingIndex('acme')).toBe('larder:embedding-index:acme');
    const service = serviceKeys('larder');
    expect([service.apiKey('k1'), service.apiKeyIndex()]).toEqual(['larder:key:k1', 'larder:keys:index']);
    expect([service.tenant('acme'), service.tenantIndex(), service.config('salt')]).toEqual([
      'larder:tenant:acme',
      'larder:tenants:index',
      'larder:config:salt',
    ]);
    const transport = transportKeys('larder');
    expect([transport.rpc('cache'), transport.reply('r1'), transport.event('keyRevoked')]).toEqual([
      'larder:rpc:cache',
      'larder:reply:r1',
      'larder:events:keyRevoked',
    ]);
    expect(transport.deadLetter('keyRevoked')).toBe('larder:events:keyRevoked:dead');
  });

  it.each(['', 'a:b', '{a}', 'a b', 'a\nb', 'a*', 'x'.repeat(129), 'é'])('cannot be forged by the part %j', (part) => {
    const keys = cacheKeys('larder');
    expect(() => keys.generation(part, 'faq')).toThrow(/"tenant"/);
    expect(() => keys.entry('acme', 'faq', part)).toThrow(/"entryId"/);
    expect(() => cacheKeys(part)).toThrow(/"prefix"/);
  });

  it('do not repeat a refused part in the fault', () => {
    expect(() => serviceKeys('larder').apiKey('my secret prompt')).toThrow(expect.not.stringContaining('secret'));
  });
});
