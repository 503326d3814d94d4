import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { IdempotencyRepository, type IdempotentAttempt } from './idempotency.repository.js';

const sha = (n: number) => n.toString(16).padStart(64, '0');
let attempts = 0;

function attempt(more: Partial<IdempotentAttempt> = {}): IdempotentAttempt {
  attempts += 1;
  const token = randomBytes(16).toString('hex');
  return { tenant: 'acme', keyHash: sha(attempts), fingerprint: sha(0), token, userId: 'ann@example.com', ...more };
}

describe('idempotency records', () => {
  let redis: RunningRedis;
  let connections: RedisConnections;
  let client: RedisClient;
  let repository: IdempotencyRepository;

  beforeAll(async () => {
    redis = await startRedis();
    const { url } = redis;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 'larder' });
    await connections.onModuleInit();
    client = connections.command('state');
    repository = new IdempotencyRepository(connections);
  });
  afterAll(async () => {
    await connections.onApplicationShutdown();
    await redis.stop();
  });

  const keep = async (one: IdempotentAttempt, outcome = 'kept') => {
    await repository.note(one);
    expect(await repository.claim(one)).toEqual({ state: 'owned' });
    await repository.finish(one, outcome);
  };

  it('answer a repeat, hold off a second attempt, and refuse another body', async () => {
    const first = attempt();
    expect(await repository.claim(first)).toEqual({ state: 'owned' });
    const second = { ...first, token: attempt().token };
    expect(await repository.claim(second)).toEqual({ state: 'running' });
    expect(await repository.claim({ ...second, fingerprint: sha(1) })).toEqual({ state: 'mismatch' });
    await repository.finish(first, 'outcome');
    expect(await repository.claim(second)).toEqual({ state: 'finished', outcome: 'outcome' });
  });

  it('of a user go with the user, however many there are, and nobody else’s do', async () => {
    const [others, elsewhere, nobodys] = [
      attempt({ userId: 'bob' }),
      attempt({ tenant: 'globex' }),
      attempt({ userId: undefined }),
    ];
    for (const each of [others, elsewhere, nobodys]) await keep(each);
    for (let n = 0; n < 120; n += 1) await keep(attempt());
    expect(await repository.removeAllOf('acme', 'ann@example.com')).toBe(120);
    expect(await repository.removeAllOf('acme', 'ann@example.com')).toBe(0);
    const left = await client.keys('larder:idempotency*');
    expect(left.filter((key) => key.includes('idempotency-index'))).toHaveLength(2);
    for (const each of [others, elsewhere, nobodys]) {
      expect(await repository.claim(each)).toEqual({ state: 'finished', outcome: 'kept' });
    }
  });

  it('that are removed under a running attempt stay removed: neither renewal nor outcome brings them back', async () => {
    const running = attempt({ userId: 'eve' });
    await repository.note(running);
    await repository.claim(running);
    expect(await repository.removeAllOf('acme', 'eve')).toBe(1);
    await repository.renew(running);
    await repository.finish(running, 'what eve was told');
    expect(await client.exists(`larder:idempotency:acme:${running.keyHash}`)).toBe(0);
  });

  it('and their index expire', async () => {
    const one = attempt({ userId: 'zoe' });
    await keep(one);
    for (const key of await client.keys('larder:idempotency*')) expect(await client.pttl(key)).toBeGreaterThan(0);
  });
});
