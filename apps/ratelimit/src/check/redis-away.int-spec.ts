import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { plainToInstance } from 'class-transformer';
import { LimitPolicy, type LimitVerdict } from '#contracts';
import { LarderConfig } from '#service';
import { startLimitsReplica } from '../../../../test/limits/limits-replica.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { BlockService } from '../block/block.service.js';
import { CheckService } from './check.service.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let replicas: TestingModule[];

const window = { scope: ['user'], unit: 'requests', algorithm: 'fixed-window', capacity: 30, windowSeconds: 3_600 };
const policies = {
  local: { ...window, name: 'rpm' },
  open: { ...window, name: 'rpm', capacity: 1, onRedisFailure: 'open' },
  closed: { ...window, name: 'rpm', onRedisFailure: 'closed' },
  money: { ...window, name: 'usd', unit: 'microUsd' },
};

function ask(replica: TestingModule, policy: string, user: string): Promise<LimitVerdict> {
  const cost = { requests: 1, microUsd: 1 };
  return replica.get(CheckService).check({ tenant: 'acme', policy, subject: { user }, cost });
}

/** How many of 20 requests at each replica are let through. */
async function admitted(policy: string, user: string): Promise<number> {
  const asked = replicas.flatMap((replica) => Array.from({ length: 20 }, () => ask(replica, policy, user)));
  return (await Promise.all(asked)).filter(({ allowed }) => allowed).length;
}

beforeAll(async () => {
  redis = await startRedis();
  const config = new LarderConfig();
  config.limitPolicies = Object.entries(policies).map(([name, limit]) =>
    // What was denied before the edge would be denied for a moment after it.
    plainToInstance(LimitPolicy, { name, limits: [limit], denyCache: false }),
  );
  const options = { url: redis.url, keyPrefix: 'larder', config, env: { limitReplicas: 3 } };
  replicas = await Promise.all(Array.from({ length: 3 }, () => startLimitsReplica(options)));
}, 30_000);

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await redis.stop();
});

it('each limit does what its policy says while Redis is away, and counts again when it is back', async () => {
  expect(await admitted('local', 'busy')).toBe(30);
  await replicas[0]!.get(BlockService).create('acme', { user: 'blocked' });
  await until('every replica knows of the block', async () => {
    const verdicts = await Promise.all(replicas.map((replica) => ask(replica, 'open', 'blocked')));
    return verdicts.every(({ binding }) => binding === 'block');
  });

  redis.signal('SIGKILL');
  await until('every replica has noticed', async () => {
    const verdicts = await Promise.all(replicas.map((replica) => ask(replica, 'open', 'probe')));
    return verdicts.every(({ degraded }) => degraded);
  });
  // Across the edge, twice the limit; while Redis is away, the limit.
  expect(await admitted('local', 'busy')).toBe(30);
  expect(await admitted('local', 'fresh')).toBe(30);
  expect(await admitted('open', 'fresh')).toBe(60);
  expect(await admitted('closed', 'fresh')).toBe(0);
  expect(await admitted('money', 'fresh')).toBe(0);
  const refused = await ask(replicas[0]!, 'money', 'fresh');
  expect(refused).toMatchObject({ allowed: false, binding: 'usd', degraded: true });
  expect(await ask(replicas[1]!, 'open', 'blocked')).toMatchObject({ allowed: false, binding: 'block' });
  await expect(ask(replicas[0]!, 'nowhere', 'fresh')).rejects.toMatchObject({ code: 'not_found' });

  await redis.restart();
  await until('Redis is asked again', async () => (await ask(replicas[0]!, 'money', 'fresh')).allowed);
  expect(await ask(replicas[0]!, 'money', 'fresh')).not.toHaveProperty('degraded');
}, 60_000);
