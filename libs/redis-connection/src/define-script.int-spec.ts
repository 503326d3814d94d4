import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, type RunningRedis } from '../../../test/redis/index.js';
import { defineScript } from './define-script.js';

const lua = `
-- KEYS: counter, log  ARGV: by, note  reply: the new count
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[2])
return count`;

describe('a script', () => {
  let redis: RunningRedis;
  let client: Redis;
  const count = defineScript({ name: 'count', lua, keys: ['counter', 'log'], args: ['by', 'note'] });

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });

  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  it('takes keys and arguments by name, in whatever order', async () => {
    const reply = await count.run(client, { args: { note: 'first', by: 2 }, keys: { log: 'log', counter: 'counter' } });
    expect(reply).toBe(2);
    expect(await client.lrange('log', 0, -1)).toEqual(['first']);
  });

  it('is sent again to a server that forgot it, and runs once', async () => {
    await client.script('FLUSH');
    const input = { keys: { counter: 'other', log: 'log' }, args: { by: 1, note: 'second' } };
    expect(await Promise.all([count.run(client, input), count.run(client, input)])).toEqual([1, 2]);
  });

  it('takes more keys and arguments behind the named ones', async () => {
    const echo = defineScript({ name: 'echo', lua: 'return { KEYS, ARGV }', keys: ['a'], args: ['x'] });
    const input = { keys: { a: 'k1' }, args: { x: 'v1' }, more: { keys: ['k2', 'k3'], args: ['v2', 3] } };
    const all = [
      ['k1', 'k2', 'k3'],
      ['v1', 'v2', '3'],
    ];
    expect([await echo.run(client, input), await echo.run(client, input)]).toEqual([all, all]);
  });

  it('lets its own faults through', async () => {
    await client.set('text', 'not a number');
    const input = { keys: { counter: 'text', log: 'log' }, args: { by: 1, note: 'third' } };
    await expect(count.run(client, input)).rejects.toThrow(/not an integer/);
  });
});
