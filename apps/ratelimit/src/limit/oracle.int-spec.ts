import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { LimitDefinition } from '#contracts';
import { demandsOf, limitOf, startEngine, tenant, type EngineReplica } from '../../../../test/limits/limit-engines.js';
import { oracleOf } from '../../../../test/limits/limit-oracle.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replicas: EngineReplica[];

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  replicas = await Promise.all([startEngine(redis.url, keyPrefix), startEngine(redis.url, keyPrefix)]);
});

afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

const windowed = [
  limitOf({ algorithm: 'token-bucket', capacity: 700, windowSeconds: 1 }),
  limitOf({ algorithm: 'token-bucket', capacity: 997, burst: 300, windowSeconds: 1 }),
  limitOf({ algorithm: 'fixed-window', capacity: 500, windowSeconds: 1 }),
  limitOf({ algorithm: 'calendar-window', capacity: 3_000, period: 'day' }),
  limitOf({ algorithm: 'sliding-window-counter', capacity: 500, windowSeconds: 1 }),
  limitOf({ algorithm: 'sliding-window-log', capacity: 500, windowSeconds: 1 }),
  limitOf({ algorithm: 'concurrency', capacity: 300, windowSeconds: 1 }),
];
const policies: [string, LimitDefinition[]][] = [
  ...windowed.map((limit): [string, LimitDefinition[]] => [`${limit.algorithm} of ${limit.capacity}`, [limit]]),
  [
    'a policy of four limits',
    [
      limitOf({ name: 'burst', algorithm: 'token-bucket', capacity: 1_200, burst: 400, windowSeconds: 1 }),
      limitOf({ name: 'minute', algorithm: 'sliding-window-counter', capacity: 900, windowSeconds: 1, scope: ['key'] }),
      limitOf({ name: 'exact', algorithm: 'sliding-window-log', capacity: 800, windowSeconds: 1, scope: ['model'] }),
      limitOf({ name: 'day', algorithm: 'calendar-window', capacity: 2_500, period: 'day', scope: ['tenant'] }),
    ],
  ],
];

interface Decision {
  /** Microseconds of the server. */
  readonly now: number;
  readonly allowed: boolean;
  readonly costs: readonly number[];
}

/** What one script decided, in the order of its answers. */
function decisionsOf(
  limits: readonly LimitDefinition[],
  asked: readonly number[],
  numbers: readonly number[],
): Decision[] {
  const decisions: Decision[] = [];
  const unitsOf = ({ algorithm, capacity, windowSeconds }: LimitDefinition, cost: number) =>
    algorithm === 'token-bucket' ? Math.round((cost * capacity) / (windowSeconds! * 1e6)) : cost;
  for (let from = 0, at = 1; from < asked.length; from += 2 + 4 * limits.length, at += 1 + 4 * limits.length) {
    const costs = limits.map((limit, index) => unitsOf(limit, asked[from + 4 + 4 * index]!));
    if (numbers[at] !== -1) decisions.push({ now: numbers[0]!, allowed: numbers[at] === 1, costs });
  }
  return decisions;
}

interface Flood {
  /** Of each script. */
  readonly scripts: readonly Decision[][];
  /** How many clients were told that they may pass. */
  readonly admitted: number;
}

/** 200 clients, each on one of the replicas, until a window has ended. */
async function flood(limits: LimitDefinition[]): Promise<Flood> {
  const scripts: Decision[][] = [];
  let admitted = 0;
  for (const { repository } of replicas) {
    const take = repository.take.bind(repository);
    repository.take = async (questions) => {
      const numbers = await take(questions);
      scripts.push(decisionsOf(limits, JSON.parse(questions.asked) as number[], numbers));
      return numbers;
    };
  }
  const until = Date.now() + 1_300;
  const run = async ({ engine }: EngineReplica): Promise<void> => {
    while (Date.now() < until) {
      const costs = limits.map(() => randomInt(1, 60));
      const { allowed } = await engine.take(tenant, demandsOf(limits, costs));
      if (allowed) admitted += 1;
    }
  };
  await Promise.all(Array.from({ length: 200 }, (_, index) => run(replicas[index % 2]!)));
  return { scripts: scripts.sort(([one], [other]) => one!.now - other!.now), admitted };
}

describe.each(policies)('%s, asked by 200 clients over two replicas with random costs', (_, limits) => {
  it('admits exactly what a plain model admits, question by question of each script', async () => {
    const { scripts, admitted } = await flood(limits);
    const oracles = limits.map(oracleOf);
    const decisions = scripts.flat();
    const wrong = decisions.filter(({ now, allowed, costs }) => {
      const expected = oracles.every((oracle, index) => oracle.admits(now, costs[index]!));
      if (allowed) oracles.forEach((oracle, index) => oracle.take(now, costs[index]!));
      return allowed !== expected;
    });
    expect(wrong).toEqual([]);
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(admitted);
    expect([admitted > 0, admitted < decisions.length]).toEqual([true, true]);
    expect(Math.max(...scripts.map(({ length }) => length))).toBeGreaterThan(1);
    const keys = await client.keys(`${keyPrefix}*`);
    // Gone is well; only without an end no key may be.
    for (const key of keys) expect(await client.pttl(key)).not.toBe(-1);
  });
});

async function contents(): Promise<string[]> {
  const keys = (await client.keys(`${keyPrefix}*`)).sort();
  const read = async (key: string) => {
    const value = (await client.dumpBuffer(key))?.toString('base64');
    return `${key} ${value} ${String(await client.call('PEXPIRETIME', key))}`;
  };
  return Promise.all(keys.map(read));
}

describe('a denial', () => {
  const day = { algorithm: 'calendar-window', period: 'day' } as const;
  const long = { windowSeconds: 86_400 };
  it.each([
    ['token-bucket', limitOf({ algorithm: 'token-bucket', ...long })],
    ['calendar-window', limitOf(day)],
    ['fixed-window', limitOf(long)],
    ['sliding-window-counter', limitOf({ algorithm: 'sliding-window-counter', ...long })],
    ['sliding-window-log', limitOf({ algorithm: 'sliding-window-log', ...long })],
    ['concurrency', limitOf({ algorithm: 'concurrency', ...long })],
  ])('by %s changes no key of it or of the limits beside it', async (_, limit) => {
    const beside = windowed.map((each, index) => ({
      ...each,
      name: `beside-${index}`,
      windowSeconds: each.period ? undefined : 86_400,
    }));
    const limits = [...beside, limit].map((each) => limitOf(each));
    const [first, second] = replicas;
    const costs = [...beside.map(() => 1), 9];
    expect((await first!.engine.take(tenant, demandsOf(limits, costs))).allowed).toBe(true);
    const before = await contents();
    expect(before).toHaveLength(8);
    for (const { engine } of [first!, second!, first!]) {
      const denied = await engine.take(tenant, demandsOf(limits, costs));
      expect(denied).toMatchObject({ allowed: false, binding: 'l1', charges: [] });
    }
    await second!.engine.peek(tenant, demandsOf(limits, 1));
    expect(await contents()).toEqual(before);
  });
});
