import { describe, expect, it } from '@jest/globals';
import { ServiceError } from '#contracts';
import { before, fromRedis } from './cache.errors.js';

describe('faults of Redis', () => {
  it.each([
    'READONLY You can not write against a read only replica.',
    'CROSSSLOT Keys',
    'Connection is closed.',
    'OOM',
  ])('are all unavailable to the caller: %s', async (message) => {
    const asked = fromRedis(() => Promise.reject(new Error(message)));
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', message: expect.not.stringContaining(message) });
  });

  it('leave faults that are already told, and those of the program, as they are', async () => {
    const told = new ServiceError('not_found', 'x');
    await expect(fromRedis(() => Promise.reject(told))).rejects.toBe(told);
    await expect(fromRedis(() => Promise.reject(new TypeError('bug')))).rejects.toThrow(TypeError);
  });
});

describe('a budget', () => {
  it('ends in unavailable instead of a hang', async () => {
    await expect(before(performance.now() + 10, new Promise(() => {}))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('passes results and faults on', async () => {
    expect(await before(performance.now() + 1_000, Promise.resolve(1))).toBe(1);
    await expect(before(performance.now() + 1_000, Promise.reject(new Error('own')))).rejects.toThrow('own');
  });
});
