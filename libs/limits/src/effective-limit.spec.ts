import { describe, expect, it } from '@jest/globals';
import type { LimitCost, LimitDefinition, LimitSubject, LimitUnit } from '#contracts';
import { effectiveLimits, failureMode, limitCost, limitCounter } from './effective-limit.js';

const base: LimitDefinition = {
  name: 'l',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity: 10,
  windowSeconds: 60,
};
const effective = (more: Partial<LimitDefinition> = {}) =>
  effectiveLimits({ name: 'p', limits: [{ ...base, ...more }] })[0]!;

describe('a cost', () => {
  it.each<[LimitUnit, LimitCost, number]>([
    ['requests', { requests: 1, tokens: 9 }, 1],
    ['tokens', { inputTokens: 3, outputTokens: 4 }, 7],
    ['tokens', { tokens: 9, inputTokens: 3, outputTokens: 4 }, 9],
    ['inputTokens', { inputTokens: 3, outputTokens: 4 }, 3],
    ['outputTokens', { tokens: 9 }, 0],
    ['microUsd', { microUsd: 12 }, 12],
    ['microUsd', {}, 0],
  ])('in %s of %j is %d', (unit, cost, expected) => {
    expect(limitCost(effective({ unit }), cost, 'm')).toBe(expected);
  });

  it.each([
    ['gpt-4o', 3, 30],
    ['gpt-3', 3, 1],
    ['gpt-3', 4, 1],
    ['gpt-3', 9, 3],
    ['free', 1_000, 0],
    ['other', 5, 5],
    [undefined, 5, 5],
    // 0.1 × 3 is 0.30000000000000004: not one more than three tenths of ten.
    ['tenth', 30, 3],
  ])('of the model %s is weighted, and rounded up: %d is %d', (model, tokens, expected) => {
    const weights = { 'gpt-4*': 10, 'gpt-*': 0.25, free: 0, tenth: 0.1 };
    expect(limitCost(effective({ unit: 'tokens', weights }), { tokens }, model)).toBe(expected);
  });

  it.each([
    ['*', 'any', true],
    ['gpt-*', 'gpt-', true],
    ['gpt-*', 'my-gpt-4', false],
    ['*-mini', 'gpt-4o-mini', true],
    ['*-mini', '-min', false],
    ['a*a', 'a', false],
    ['a**b*c', 'axxbyyc', true],
    ['a*b*c', 'acb', false],
    ['a.c', 'abc', false],
    [`${'*a'.repeat(30)}*b`, 'a'.repeat(256), false],
  ])('by the glob %s for %s: %s', (glob, model, fits) => {
    expect(limitCost(effective({ weights: { [glob]: 2 } }), { requests: 1 }, model)).toBe(fits ? 2 : 1);
  });
});

describe('a counter', () => {
  const counter = (scope: string[], subject: LimitSubject, tenant = 'acme') =>
    limitCounter(effective({ scope }), tenant, subject);

  it('is one for each combination of what the scope names', () => {
    const pair = ['user', 'model'];
    expect(counter(pair, { user: 'a', model: 'm', key: '1' })).toBe(counter(pair, { user: 'a', model: 'm', key: '2' }));
    expect(counter(pair, { user: 'a', model: 'm' })).not.toBe(counter(pair, { user: 'a', model: 'n' }));
    expect(counter(pair, { user: 'a', model: 'b' })).not.toBe(counter(pair, { user: 'b', model: 'a' }));
    expect(counter(['custom.region'], { custom: { region: 'eu' } })).not.toBe(counter(['custom.region'], {}));
  });

  it('of what is absent is one that no value reaches', () => {
    const absent = counter(['user'], {});
    for (const user of ['none', 'null', '', 'undefined']) expect(counter(['user'], { user })).not.toBe(absent);
    expect(counter(['custom.toString'], { custom: {} })).toBe(counter(['custom.toString'], {}));
  });

  it('is a tenant’s own, unless it is global', () => {
    expect(counter(['user'], { user: 'a' }, 'x')).not.toBe(counter(['user'], { user: 'a' }, 'y'));
    expect(counter(['global'], { user: 'a' }, 'x')).toBe(counter(['global'], { user: 'b' }, 'y'));
  });
});

it('money is refused while Redis is away, and everything else shared, unless the limit says otherwise', () => {
  expect(failureMode({ ...base, unit: 'microUsd' })).toBe('closed');
  expect(failureMode(base)).toBe('local');
  expect(failureMode({ ...base, unit: 'microUsd', onRedisFailure: 'open' })).toBe('open');
});
