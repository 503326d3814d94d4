import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { LimitAssignment, LimitBlock, LimitPolicy } from './limit-policy.js';

const bucket = {
  name: 'rpm',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'token-bucket',
  capacity: 60,
  windowSeconds: 60,
};
const day = {
  name: 'tpd',
  scope: ['tenant'],
  unit: 'tokens',
  algorithm: 'calendar-window',
  capacity: 5,
  period: 'day',
};

function flatten(errors: readonly ValidationError[], path = ''): string[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => [
    ...Object.values(constraints).map((text) => `${path}${text}`),
    ...flatten(children, `${path}${property}.`),
  ]);
}

const faultsOf = (type: new () => object, value: object) =>
  flatten(validateSync(plainToInstance(type, value), { whitelist: true, forbidNonWhitelisted: true }));
const policyFaults = (...limits: object[]) => faultsOf(LimitPolicy, { name: 'p', limits });

describe('a policy of limits', () => {
  it.each([
    ['a bucket', bucket],
    ['a bucket with a burst', { ...bucket, burst: 1, shadow: true, onRedisFailure: 'open' }],
    ['a calendar window', day],
    ['a calendar window of a zone', { ...day, timeZone: 'America/New_York', period: 'month' }],
    ['a custom scope', { ...bucket, scope: ['custom.region', 'model'] }],
    ['weights by model', { ...bucket, weights: { 'gpt-4*': 10, 'gpt-*': 0.125, '*': 0 } }],
    ['leases', { ...bucket, algorithm: 'concurrency' }],
    ['money of all tenants', { ...day, unit: 'microUsd', scope: ['global'] }],
  ])('is accepted with %s', (_, limit) => {
    expect(policyFaults(limit)).toEqual([]);
  });

  it.each([
    ['a negative capacity', { ...bucket, capacity: -1 }, 'capacity must not be less than 1'],
    ['a broken capacity', { ...bucket, capacity: 1.5 }, 'capacity must be an integer'],
    ['a window of nothing', { ...bucket, windowSeconds: 0 }, 'windowSeconds must not be less than 1'],
    ['no window', { ...bucket, windowSeconds: undefined }, 'windowSeconds must be an integer'],
    ['a length of a calendar window', { ...day, windowSeconds: 60 }, 'windowSeconds belongs to token-bucket'],
    ['a calendar window without a period', { ...day, period: undefined }, 'period must be one of'],
    ['a period of a bucket', { ...bucket, period: 'day' }, 'period belongs to calendar-window only'],
    ['a zone of a bucket', { ...bucket, timeZone: 'UTC' }, 'timeZone belongs to calendar-window only'],
    ['a zone that is none', { ...day, timeZone: 'Europe/Atlantis' }, 'timeZone must be an IANA time zone'],
    ['a burst of a window', { ...bucket, algorithm: 'fixed-window', burst: 5 }, 'burst belongs to token-bucket only'],
    ['an unknown scope', { ...bucket, scope: ['planet'] }, 'each value in scope must match'],
    ['no scope', { ...bucket, scope: [] }, 'scope should not be empty'],
    ['a scope twice', { ...bucket, scope: ['user', 'user'] }, "All scope's elements must be unique"],
    ['one tenant of all', { ...bucket, scope: ['global', 'tenant'] }, 'scope must not hold both'],
    ['leases of tokens', { ...bucket, algorithm: 'concurrency', unit: 'tokens' }, 'unit must be requests'],
    ['an unknown unit', { ...bucket, unit: 'words' }, 'unit must be one of'],
    ['an unknown algorithm', { ...bucket, algorithm: 'magic' }, 'algorithm must be one of'],
    ['a capacity below the cost', { ...bucket, weights: { big: 61 } }, 'weights must not make one unit cost more'],
    [
      'a burst below the cost',
      { ...bucket, burst: 2, weights: { big: 3 } },
      'weights must not make one unit cost more',
    ],
    ['a negative weight', { ...bucket, weights: { big: -1 } }, 'weights must be numbers'],
    ['a weight of four decimals', { ...bucket, weights: { big: 0.0001 } }, 'weights must be numbers'],
    ['the name of blocks', { ...bucket, name: 'block' }, 'name must not be "block"'],
    ['an unknown member', { ...bucket, limit: 5 }, 'property limit should not exist'],
  ])('is refused with %s', (_, limit, fault) => {
    expect(policyFaults(limit)).toEqual(expect.arrayContaining([expect.stringContaining(`limits.0.${fault}`)]));
  });

  it('is refused with two limits of one name', () => {
    expect(policyFaults(bucket, { ...day, name: 'rpm' })).toEqual(['limits must have names of their own']);
  });

  it('is refused with every fault that it has', () => {
    const faults = policyFaults({ ...bucket, capacity: -1, windowSeconds: 0, scope: ['planet'] }, bucket);
    for (const member of ['0.capacity', '0.windowSeconds', 'each value in scope', 'names of their own']) {
      expect(faults).toEqual(expect.arrayContaining([expect.stringContaining(member)]));
    }
  });

  it.each([[[]], [undefined], ['x'], [[null]], [[7]]])('is refused with limits that are none: %j', (limits) => {
    expect(faultsOf(LimitPolicy, { name: 'p', limits })).not.toEqual([]);
  });
});

describe('an assignment', () => {
  it.each([{}, { tenant: 'acme' }, { tenant: 'acme', key: 'k1' }, { tenant: 'acme', user: 'ann@example.org' }])(
    'is for whom it names: %j',
    (subject) => {
      expect(faultsOf(LimitAssignment, { policy: 'p', ...subject })).toEqual([]);
    },
  );

  it.each([
    [{ user: 'ann' }, 'user needs tenant'],
    [{ key: 'k1' }, 'key needs tenant'],
    [{ tenant: 'acme', key: 'k1', user: 'ann' }, 'user must not stand beside key'],
    [{ tenant: 'a:b' }, 'tenant must match'],
  ])('is refused for %j', (subject, fault) => {
    expect(faultsOf(LimitAssignment, { policy: 'p', ...subject })).toEqual([expect.stringContaining(fault)]);
  });
});

it('a block is refused for a time that is none, or for two subjects', () => {
  expect(faultsOf(LimitBlock, { tenant: 'acme', until: '2026-02-30T00:00:00Z' })).toHaveLength(1);
  expect(faultsOf(LimitBlock, { tenant: 'acme', user: 'a', key: 'b' })).toEqual(['user must not stand beside key']);
});
