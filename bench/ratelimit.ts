import 'reflect-metadata';
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { LimitEngine, type LimitDemand } from '../apps/ratelimit/src/limit/limit-engine.js';
import { LimitRepository } from '../apps/ratelimit/src/limit/limit.repository.js';
import type { LimitDefinition } from '../libs/contracts/index.js';
import { effectiveLimits, limitCost, limitCounter, type EffectiveLimit } from '../libs/limits/index.js';
import { RedisConnections } from '../libs/redis-connection/index.js';
import { redisUrl, root } from './measuring/child.js';
import { median } from './measuring/quantile.js';
import { atLeastTimes, atMost, reported, type Result } from './measuring/result.js';
import { measure, type Call } from './rpc/load.js';

/** What only benchmarks need is installed beside them. */
interface Limiter {
  consume(key: string, points: number): Promise<unknown>;
}
const { RateLimiterRedis, RateLimiterUnion } = createRequire(`${root}bench/package.json`)('rate-limiter-flexible') as {
  RateLimiterRedis: new (options: object) => Limiter;
  RateLimiterUnion: new (...limiters: Limiter[]) => Limiter;
};

const inFlight = 64;
const rounds = 9;
const warmUpMs = 1_000;
const roundMs = 700;
const users = 1_000;
const plenty = 1_000_000_000;

const limit = (members: Partial<LimitDefinition>): LimitDefinition => {
  return {
    name: members.algorithm!,
    scope: ['user'],
    unit: 'requests',
    capacity: plenty,
    ...members,
  } as LimitDefinition;
};
const bucket = limit({ algorithm: 'token-bucket', windowSeconds: 1_000 });
const counter = limit({ algorithm: 'sliding-window-counter', windowSeconds: 60 });
const fixed = limit({ algorithm: 'fixed-window', windowSeconds: 60 });
const calendar = limit({ algorithm: 'calendar-window', period: 'day', timeZone: 'Europe/Berlin', unit: 'tokens' });
const leases = limit({ algorithm: 'concurrency', windowSeconds: 1 });

/** Limits as a gateway asks for them, against rate-limiter-flexible on ioredis and against the least that a script can be. */
export async function run(): Promise<Result[]> {
  const redis = new Redis(redisUrl());
  const urls = { cache: redisUrl(), state: redisUrl(), bus: redisUrl() };
  const connections = new RedisConnections({ urls, keyPrefix: 'bench', commandTimeoutMs: 5_000 });
  await connections.onModuleInit();
  const engine = new LimitEngine(new LimitRepository(connections));
  try {
    return [
      ...(await compareWithPeers(engine, redis, connections)),
      ...(await measureAlgorithms(engine, redis)),
      await countRefusals(engine, redis),
    ];
  } finally {
    redis.disconnect();
    await connections.onApplicationShutdown();
  }
}

async function compareWithPeers(engine: LimitEngine, redis: Redis, connections: RedisConnections): Promise<Result[]> {
  const four = checking(engine, [bucket, counter, fixed, calendar]);
  const one = checking(engine, [bucket]);
  const [union, single] = [unionOfFour(redis), alone(redis)];
  const perSecond = await inTurns({
    ...{ four, one, union, single },
    fourBare: bare(connections, 4),
    oneBare: bare(connections, 1),
    fourCounted: counting(connections, 4),
    oneCounted: counting(connections, 1),
  });
  const row = (name: string, ours: number, peer: number) => ({ name, unit: '1/s', ours, peer });
  return [
    atLeastTimes(1.5, row('four limits, RateLimiterUnion of four', perSecond.four, perSecond.union)),
    atLeastTimes(1, row('one limit, RateLimiterRedis', perSecond.one, perSecond.single)),
    atLeastTimes(0.8, row('four limits, an EVALSHA that counts in four keys', perSecond.four, perSecond.fourCounted)),
    atLeastTimes(0.8, row('one limit, an EVALSHA that counts in one key', perSecond.one, perSecond.oneCounted)),
    atLeastTimes(
      0.8,
      row('four limits, an EVALSHA of four keys that does nothing', perSecond.four, perSecond.fourBare),
    ),
    atLeastTimes(0.8, row('one limit, an EVALSHA of one key that does nothing', perSecond.one, perSecond.oneBare)),
  ];
}

async function measureAlgorithms(engine: LimitEngine, redis: Redis): Promise<Result[]> {
  const calls: Record<string, Call> = { single: alone(redis) };
  for (const each of [bucket, counter, fixed, calendar, leases]) calls[each.algorithm] = checking(engine, [each]);
  const perSecond: Record<string, number> = await inTurns(calls);
  const { single, ...ours } = perSecond;
  return Object.entries(ours).map(([name, measured]) =>
    reported({ name: `one limit, ${name}`, unit: '1/s', ours: measured, peer: single! }),
  );
}

/** Refusals of one second, of which the first is Redis' own. */
async function countRefusals(engine: LimitEngine, redis: Redis): Promise<Result> {
  const [narrow] = effectiveLimits({ name: 'narrow', limits: [{ ...fixed, capacity: 1, windowSeconds: 86_400 }] });
  const demand = { effective: narrow!, counter: limitCounter(narrow!, 'acme', { user: 'flood' }), cost: 1 };
  await engine.take('acme', [demand]);
  await engine.take('acme', [demand], { rememberDenials: true });
  const before = await scriptsRun(redis);
  for (let count = 0; count < 10_000; count += 1) await engine.take('acme', [demand], { rememberDenials: true });
  return atMost(1, {
    name: 'scripts run for 10 000 refusals',
    unit: 'scripts',
    ours: (await scriptsRun(redis)) - before,
  });
}

async function scriptsRun(redis: Redis): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

/** Turn by turn, so that what else happens on the machine hits all; medians. */
async function inTurns<Name extends string>(calls: Record<Name, Call>): Promise<Record<Name, number>> {
  const named = Object.entries(calls) as [Name, Call][];
  const measured = new Map<Name, number[]>(named.map(([name]) => [name, []]));
  for (const [, call] of named) await measure(call, inFlight, warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, call] of named) measured.get(name)!.push((await measure(call, inFlight, roundMs)).perSecond);
  }
  return Object.fromEntries(named.map(([name]) => [name, median(measured.get(name)!)])) as Record<Name, number>;
}

/** All that a check does behind its request: costs, counters, keys, script, states. */
function checking(engine: LimitEngine, limits: LimitDefinition[]): Call {
  const effective = effectiveLimits({ name: `p${limits.length}`, limits });
  const cost = { requests: 1, tokens: 700 };
  return () => {
    const subject = { user: nextUser(), model: 'gpt-4o' };
    const demands = effective.map((each): LimitDemand => demandOf(each, subject, cost));
    return engine.take('acme', demands);
  };
}

function demandOf(effective: EffectiveLimit, subject: { user: string; model: string }, cost: object): LimitDemand {
  const counter = limitCounter(effective, 'acme', subject);
  return { effective, counter, cost: limitCost(effective, cost, subject.model) };
}

let turn = 0;

function nextUser(): string {
  turn = (turn + 1) % users;
  return `user-${turn}`;
}

function unionOfFour(redis: Redis): Call {
  const durations = [60, 120, 3_600, 86_400];
  const union = new RateLimiterUnion(...durations.map((duration) => limiter(redis, `rlf${duration}`, duration)));
  return () => union.consume(nextUser(), 1);
}

function alone(redis: Redis): Call {
  const one = limiter(redis, 'rlf1', 60);
  return () => one.consume(nextUser(), 1);
}

function limiter(redis: Redis, keyPrefix: string, duration: number): Limiter {
  return new RateLimiterRedis({ storeClient: redis, keyPrefix, points: plenty, duration });
}

/** What the same connection, and as many keys, cost at least: `return 1` looks at none of them. */
function bare(connections: RedisConnections, keys: number): Call {
  const client = connections.command('state');
  const sha = client.script('LOAD', 'return 1') as Promise<string>;
  const names = Array.from({ length: keys }, (_, index) => `larder:limit:{acme}:p4:limit-${index}:${'0'.repeat(32)}`);
  return async () => client.evalsha(await sha, keys, ...names);
}

/** The least that counting costs: each key is read and written once, and expires; nothing is asked, computed or told. */
function counting(connections: RedisConnections, keys: number): Call {
  const client = connections.command('state');
  const lua = `for index = 1, #KEYS do
  redis.call('INCRBY', KEYS[index], 1)
  redis.call('PEXPIRE', KEYS[index], ARGV[1])
end
return 1`;
  const sha = client.script('LOAD', lua) as Promise<string>;
  const nameOf = (index: number, user: string) => `larder:counted:{acme}:p4:limit-${index}:${user.padStart(32, '0')}`;
  return async () => {
    const user = nextUser();
    const names = Array.from({ length: keys }, (_, index) => nameOf(index, user));
    return client.evalsha(await sha, keys, ...names, 60_000);
  };
}
