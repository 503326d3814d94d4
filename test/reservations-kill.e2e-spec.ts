import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { send, type Reply } from './larder/http.js';
import { LarderProcess } from './larder/larder-process.js';
import { eventually, patienceMs } from './larder/suite.js';
import { startRedis, type RunningRedis } from './redis/index.js';

const adminKey = 'admin-0c51b9aa20f4';
const capacity = 1_000;
const limit = (name: string, unit: string, algorithm: string) => ({
  ...{ name, unit, algorithm, capacity },
  scope: ['tenant'],
  windowSeconds: 86_400,
});
const limits = [
  limit('tokens', 'tokens', 'fixed-window'),
  limit('money', 'microUsd', 'sliding-window-counter'),
  limit('log', 'tokens', 'sliding-window-log'),
  limit('places', 'requests', 'concurrency'),
];

let redis: RunningRedis;
let replicas: LarderProcess[];

function call(replica: LarderProcess, method: string, path: string, body?: object): Promise<Reply> {
  const headers = { authorization: `Bearer ${adminKey}` };
  return send(`${replica.url}/v1/limits${path}`, { method, headers, ...(body && { body }) });
}

beforeAll(async () => {
  redis = await startRedis();
  const env = { REDIS_URL: redis.url, LARDER_ADMIN_KEY: adminKey, LARDER_AUTH: 'keys' };
  replicas = await Promise.all([LarderProcess.spawn('ratelimit', env), LarderProcess.spawn('ratelimit', env)]);
  await Promise.all(replicas.map((replica) => replica.untilReady()));
}, patienceMs);

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.kill()));
  await redis.stop();
}, patienceMs);

it('kill -9 between reserving and settling leaks nothing beyond the deadline', async () => {
  const [doomed, other] = replicas as [LarderProcess, LarderProcess];
  expect((await call(doomed, 'PUT', '/policies/kill', { limits })).status).toBe(200);
  const body = { policy: 'kill', cost: { requests: 1, tokens: 5, microUsd: 7 }, ttlSeconds: 4 };
  let made = 0;
  const reserving = Array.from({ length: 100 }, async () => {
    const reply = await call(doomed, 'POST', '/reservations', body).catch(() => undefined);
    if (reply?.status === 201) made += 1;
    // Whichever come after this are cut off somewhere between their request and their reply.
    if (made === 20) await doomed.kill();
  });
  await Promise.all(reserving);
  expect(made).toBeGreaterThanOrEqual(20);

  await eventually(async () => {
    const usage = await call(other, 'GET', '/usage?policy=kill');
    const left = usage.json<{ limits: { name: string; remaining: number }[] }>().limits;
    expect(left.map(({ name, remaining }) => [name, remaining])).toEqual(limits.map(({ name }) => [name, capacity]));
  });
  const outstanding = await call(other, 'GET', '/reservations');
  expect(outstanding.json()).toEqual({ data: [], nextCursor: null });
  const all = { ...body, cost: { requests: 1, tokens: capacity, microUsd: capacity } };
  expect((await call(other, 'POST', '/reservations', all)).status).toBe(201);
});
