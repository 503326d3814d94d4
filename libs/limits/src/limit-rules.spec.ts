import { describe, expect, it } from '@jest/globals';
import type { LimitDefinition, LimitPolicy } from '#contracts';
import { LimitRules } from './limit-rules.js';
import { assignmentRule, blockRule, policyId, policyRule, settledRules } from './rule-ids.js';

const limit = (name: string, capacity = 1): LimitDefinition => ({
  name,
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity,
  windowSeconds: 60,
});
const policy = (name: string, ...limits: LimitDefinition[]): LimitPolicy => ({ name, limits });
const shown = (rules: LimitRules, tenant: string, subject = {}) =>
  rules.limitsFor(tenant, subject).map((one) => `${one.policy}/${one.limit.name}`);

function rulesOf(policies: LimitPolicy[], ...assignments: object[]): LimitRules {
  const rules = new LimitRules(policies.map(policyRule));
  rules.apply(assignments.map((one) => assignmentRule(one as { policy: string })));
  return rules;
}

describe('the limits of a subject', () => {
  it('are none while nobody is assigned, though the presets are there by name', () => {
    const rules = new LimitRules(settledRules([], []));
    expect(rules.limitsFor('acme', { user: 'ann' })).toEqual([]);
    expect(rules.limitsOf('requests-60-per-user-minute')).toMatchObject([{ limit: { capacity: 60 } }]);
    expect(rules.limitsOf('tokens-100k-per-user-day')).toMatchObject([{ limit: { capacity: 100_000, period: 'day' } }]);
    expect(rules.limitsOf('gold')).toBeUndefined();
  });

  it('are those of everybody, the tenant, the key and the user together', () => {
    const rules = rulesOf(
      ['all', 'tenant', 'key', 'user'].map((name) => policy(name, limit(name))),
      { policy: 'all' },
      { policy: 'tenant', tenant: 'acme' },
      { policy: 'key', tenant: 'acme', key: 'k1' },
      { policy: 'user', tenant: 'acme', user: 'ann' },
    );
    expect(shown(rules, 'other', { key: 'k1', user: 'ann' })).toEqual(['all/all']);
    expect(shown(rules, 'acme', { key: 'k2', user: 'bob' })).toEqual(['all/all', 'tenant/tenant']);
    expect(shown(rules, 'acme', { key: 'k1', user: 'ann' })).toEqual([
      'all/all',
      'tenant/tenant',
      'key/key',
      'user/user',
    ]);
  });

  it('of the same name give way to the more specific assignment, and stand together within one', () => {
    const rules = rulesOf(
      [policy('wide', limit('rpm'), limit('tpm')), policy('vip', limit('rpm', 9)), policy('second', limit('rpm', 5))],
      { policy: 'wide' },
      { policy: 'vip', tenant: 'acme', user: 'ann' },
      { policy: 'second', tenant: 'acme', user: 'ann' },
    );
    expect(shown(rules, 'acme')).toEqual(['wide/rpm', 'wide/tpm']);
    expect(shown(rules, 'acme', { user: 'ann' })).toEqual(['wide/tpm', 'second/rpm', 'vip/rpm']);
  });

  it('do not take the name of one kind for another', () => {
    const rules = rulesOf([policy('p', limit('rpm'))], { policy: 'p', tenant: 'acme', key: 'x' });
    expect(shown(rules, 'acme', { user: 'x' })).toEqual([]);
    expect(shown(rules, 'acme', { user: 'key acme x' })).toEqual([]);
  });

  it('are the same array until something changes, and follow every change', () => {
    const rules = rulesOf([policy('p', limit('rpm'))], { policy: 'p', tenant: 'acme' });
    const before = rules.limitsFor('acme', { user: 'ann' });
    expect(rules.limitsFor('acme', { user: 'bob' })).toBe(before);
    rules.apply([policyRule(policy('p', limit('rpm', 7)))]);
    expect(rules.limitsFor('acme', {})).toMatchObject([{ limit: { capacity: 7 } }]);
    rules.apply([{ id: policyId('p'), kind: 'removed' }]);
    expect(rules.limitsFor('acme', {})).toEqual([]);
    rules.apply([policyRule(policy('p', limit('rpm')))]);
    expect(shown(rules, 'acme')).toEqual(['p/rpm']);
    rules.apply([{ ...assignmentRule({ policy: 'p', tenant: 'acme' }), kind: 'removed' }]);
    expect(shown(rules, 'acme')).toEqual([]);
  });

  it('stay when one of two assignments at a place is removed', () => {
    const rules = rulesOf(
      [policy('a', limit('x')), policy('b', limit('y'))],
      { policy: 'a', tenant: 'acme' },
      { policy: 'b', tenant: 'acme' },
    );
    rules.apply([{ ...assignmentRule({ policy: 'a', tenant: 'acme' }), kind: 'removed' }]);
    expect(shown(rules, 'acme')).toEqual(['b/y']);
  });
});

describe('a block', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');

  it('holds for a tenant, a key or a user, and for nobody else', () => {
    const rules = new LimitRules([blockRule({ tenant: 'acme', user: 'ann' }), blockRule({ tenant: 'bad' })]);
    expect(rules.blockOf('acme', { user: 'ann' }, now)).toEqual({ retryAfterMs: null });
    expect(rules.blockOf('acme', { user: 'bob', key: 'ann' }, now)).toBeUndefined();
    expect(rules.blockOf('bad', { user: 'bob' }, now)).toEqual({ retryAfterMs: null });
    expect(rules.blockOf('other', { user: 'ann' }, now)).toBeUndefined();
  });

  it('of a time ends by itself; the one that lasts longer counts', () => {
    const until = (iso: string) => ({ tenant: 'acme', user: 'ann', until: iso });
    const rules = new LimitRules([blockRule(until('2026-11-21T12:00:05Z'))]);
    expect(rules.blockOf('acme', { user: 'ann' }, now)).toEqual({ retryAfterMs: 5_000 });
    expect(rules.blockOf('acme', { user: 'ann' }, now + 5_000)).toBeUndefined();
    rules.apply([blockRule({ tenant: 'acme' })]);
    expect(rules.blockOf('acme', { user: 'ann' }, now)).toEqual({ retryAfterMs: null });
  });

  it('takes the place of the one before, and can be lifted', () => {
    const rules = new LimitRules([blockRule({ tenant: 'acme' })]);
    rules.apply([blockRule({ tenant: 'acme', until: '2026-11-21T12:00:01Z' })]);
    expect(rules.blockOf('acme', {}, now)).toEqual({ retryAfterMs: 1_000 });
    rules.apply([{ ...blockRule({ tenant: 'acme' }), kind: 'removed' }]);
    expect(rules.blockOf('acme', {}, now)).toBeUndefined();
  });
});
