import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { LimitDefinition } from '#contracts';
import { demandsOf, limitOf, startEngine, tenant, type EngineReplica } from '../../../../test/limits/limit-engines.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replica: EngineReplica;

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
  replica = await startEngine(redis.url, keyPrefix);
});

afterEach(() => replica.close());

const long = 86_400;
const kinds: LimitDefinition[] = [
  limitOf({ name: 'bucket', algorithm: 'token-bucket', windowSeconds: long }),
  limitOf({ name: 'odd', algorithm: 'token-bucket', capacity: 13, burst: 10, windowSeconds: long }),
  limitOf({ name: 'fixed', windowSeconds: long }),
  limitOf({ name: 'month', algorithm: 'calendar-window', period: 'month' }),
  limitOf({ name: 'counter', algorithm: 'sliding-window-counter', windowSeconds: long }),
  limitOf({ name: 'log', algorithm: 'sliding-window-log', windowSeconds: long }),
  limitOf({ name: 'leases', algorithm: 'concurrency', windowSeconds: long }),
];
const remaining = async (limits: readonly LimitDefinition[], of = tenant) => {
  const { limits: states } = await replica.engine.peek(of, demandsOf(limits, 0));
  return states.map((state) => state.remaining);
};

describe('limits taken together', () => {
  it('are one script', async () => {
    const scripts = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
    await replica.engine.take(tenant, demandsOf(kinds, 1));
    const before = await scripts();
    await replica.engine.take(tenant, demandsOf(kinds, 1));
    expect((await scripts()) - before).toBe(1);
  });

  it('name the failing one that takes longest, and one that never fits before all', async () => {
    const soon = limitOf({ name: 'soon', algorithm: 'token-bucket', windowSeconds: 60 });
    const late = limitOf({ name: 'late', algorithm: 'token-bucket', windowSeconds: long });
    const small = limitOf({ name: 'small', capacity: 2 });
    await replica.engine.take(tenant, demandsOf([soon, late], 9));
    expect(await replica.engine.take(tenant, demandsOf([soon, late], 9))).toMatchObject({ binding: 'late' });
    expect(await replica.engine.take(tenant, demandsOf([soon, small, late], 9))).toMatchObject({ binding: 'small' });
  });

  it('report a limit of which nothing is asked, and neither write it nor fail for it', async () => {
    const full = limitOf({ name: 'full', windowSeconds: long });
    await replica.engine.take(tenant, demandsOf([full], 10));
    const outcome = await replica.engine.take(tenant, demandsOf([full, ...kinds], [0, 1, 1, 1, 1, 1, 1, 1]));
    expect(outcome).toMatchObject({
      allowed: true,
      limits: [{ name: 'full', remaining: 0, retryAfterMs: 0 }, {}, {}, {}, {}, {}, {}, {}],
    });
    expect(outcome.charges).toHaveLength(7);
  });

  it('in shadow never deny, count while there is room, and say how long one would have waited', async () => {
    const shadows = kinds.map((limit) => ({ ...limit, shadow: true }));
    expect(await replica.engine.take(tenant, demandsOf(shadows, 8))).toMatchObject({ allowed: true });
    const over = await replica.engine.take(tenant, demandsOf(shadows, 8));
    expect(over).toMatchObject({ allowed: true, charges: [] });
    for (const state of over.limits) {
      expect(state).toMatchObject({ remaining: 2, shadow: true });
      expect(state.retryAfterMs).toBeGreaterThan(0);
    }
  });
});

describe('a charge', () => {
  it('is given back, made less and made more where it was made', async () => {
    const { charges } = await replica.engine.take(tenant, demandsOf(kinds, 6));
    await replica.engine.take(tenant, demandsOf(kinds, 1));
    const less = await replica.engine.change(
      tenant,
      charges.map((charge) => ({ charge, cost: 2 })),
    );
    expect(less.map((state) => state.remaining)).toEqual([7, 7, 7, 7, 7, 7, 7]);
    const reduced = charges.map((charge) => ({ ...charge, cost: 2 }));
    const more = await replica.engine.change(
      tenant,
      reduced.map((charge) => ({ charge, cost: 15 })),
    );
    expect(more.map((state) => state.remaining)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    const raised = charges.map((charge) => ({ ...charge, cost: 15 }));
    const back = await replica.engine.change(
      tenant,
      raised.map((charge) => ({ charge, cost: 0 })),
    );
    // A bucket's debt never exceeds its burst, so what was beyond it cannot come back; it never holds more than is whole.
    expect(back.slice(2).map((state) => state.remaining)).toEqual([9, 9, 9, 9, 9]);
    expect(await remaining(kinds)).toEqual(back.map((state) => state.remaining));
  });

  it('whose window is over changes nothing', async () => {
    const { charges } = await replica.engine.take(tenant, demandsOf(kinds, 6));
    const old = charges.map((charge) => ({ ...charge, slot: charge.slot.map((number) => number - 3 * long * 1e6) }));
    await replica.engine.change(
      tenant,
      old.map((charge) => ({ charge, cost: 0 })),
    );
    expect(await remaining(kinds)).toEqual([4, 4, 4, 4, 4, 4, 4]);
  });

  it('of a lease is released once, by whoever holds it', async () => {
    const leases = limitOf({ algorithm: 'concurrency', windowSeconds: long });
    const first = await replica.engine.take(tenant, demandsOf([leases], 1));
    await replica.engine.take(tenant, demandsOf([leases], 1));
    for (const _ of [1, 2])
      await replica.engine.change(
        tenant,
        first.charges.map((charge) => ({ charge, cost: 0 })),
      );
    expect(await remaining([leases])).toEqual([9]);
  });

  it('is made again from what a record keeps of it', async () => {
    const demands = demandsOf([kinds[0]!, { ...kinds[2]!, shadow: true, capacity: 1 }, ...kinds.slice(3)], 2);
    let numbers: readonly number[] = [];
    const { charges } = await replica.engine.takeBy(tenant, demands, async (more) => {
      return (numbers = await replica.repository.take(more));
    });
    const recorded = replica.engine.recordedCharges(replica.engine.chargesText(demands), numbers.join(' '));
    expect(recorded.filter(({ cost }) => cost > 0)).toEqual(charges);
    expect([recorded.length, charges.length]).toEqual([6, 5]);
  });

  it('of nothing becomes one when it turns out to have cost something', async () => {
    const free = demandsOf(kinds, 0);
    let numbers: readonly number[] = [];
    await replica.engine.takeBy(tenant, free, async (more) => (numbers = await replica.repository.take(more)));
    const recorded = replica.engine.recordedCharges(replica.engine.chargesText(free), numbers.join(' '));
    const after = await replica.engine.change(
      tenant,
      recorded.map((charge) => ({ charge, cost: 3 })),
    );
    // What is taken more of a bucket is rounded up to a microsecond, so that of the odd one a unit is not whole yet.
    expect(after.map((state) => state.remaining)).toEqual([7, 6, 7, 7, 7, 7, 7]);
    for (const key of await client.keys(`${keyPrefix}*`)) expect(await client.pttl(key)).toBeGreaterThan(0);
  });
});

describe('a bucket, whatever is given back', () => {
  it('never holds more than if that had not been taken', async () => {
    const limit = limitOf({ algorithm: 'token-bucket', windowSeconds: long });
    const take = (cost: number) => replica.engine.take(tenant, demandsOf([limit], cost));
    const [big, small] = [(await take(8)).charges, (await take(1)).charges];
    const giveBack = (charges: typeof big) =>
      replica.engine.change(
        tenant,
        charges.map((charge) => ({ charge, cost: 0 })),
      );
    await giveBack(big);
    await take(1);
    await giveBack(small);
    await giveBack(small);
    await giveBack(big);
    // One is in use. What was given back is known to have been: nothing comes back twice.
    expect((await remaining([limit]))[0]).toBeLessThanOrEqual(9);
  });
});

describe('global limits', () => {
  const shared = limitOf({ name: 'shared', scope: ['global'], windowSeconds: long });
  const own = limitOf({ name: 'own', capacity: 4, windowSeconds: long });

  it('are shared by tenants, in a slot of their own', async () => {
    await replica.engine.take('acme', demandsOf([shared, own], 3));
    await replica.engine.take('globex', demandsOf([shared], 3));
    expect(await remaining([shared, own])).toEqual([4, 1]);
    const keys = await client.keys(`${keyPrefix}*`);
    expect(keys.map((key) => key.split(':')[2]).sort()).toEqual(['{acme}', '{global}']);
  });

  it('have nothing of a request that the tenant denies, and the tenant nothing of one that they deny', async () => {
    await replica.engine.take('acme', demandsOf([shared, own], 3));
    expect(await replica.engine.take('acme', demandsOf([shared, own], 2))).toMatchObject({
      allowed: false,
      binding: 'own',
      limits: [
        { name: 'shared', remaining: 7 },
        { name: 'own', remaining: 1 },
      ],
    });
    expect(await replica.engine.take('acme', demandsOf([shared, own], [8, 1]))).toMatchObject({
      allowed: false,
      binding: 'shared',
      limits: [
        { name: 'shared', remaining: 7 },
        { name: 'own', remaining: 1 },
      ],
    });
    expect(await remaining([shared, own])).toEqual([7, 1]);
  });

  it('have nothing of a request whose script fails', async () => {
    const failing = replica.engine.takeBy('acme', demandsOf([shared, own], 3), () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
    expect(await remaining([shared, own])).toEqual([10, 4]);
  });
});

describe('a remembered denial', () => {
  const limits = [
    limitOf({ windowSeconds: long }),
    limitOf({ name: 'l2', algorithm: 'token-bucket', windowSeconds: long }),
  ];
  const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]);

  it('costs no Redis command', async () => {
    const demands = demandsOf(limits, 6);
    const ask = () => replica.engine.take(tenant, demands, { rememberDenials: true });
    expect((await ask()).allowed).toBe(true);
    expect((await ask()).allowed).toBe(false);
    const before = await commands();
    for (let count = 0; count < 100; count += 1) expect(await ask()).toMatchObject({ allowed: false, binding: 'l1' });
    // The look at the counter is one, and each second that has passed another; a script runs three or more.
    expect((await commands()) - before).toBeLessThanOrEqual(50);
  });

  it('is of one cost: a smaller one is asked for, and admitted', async () => {
    const demands = demandsOf(limits, 6);
    const ask = (cost: number) => {
      const asked = demands.map((demand) => ({ ...demand, cost }));
      return replica.engine.take(tenant, asked, { rememberDenials: true });
    };
    await ask(6);
    await ask(6);
    expect((await ask(4)).allowed).toBe(true);
  });

  it('is forgotten with a reset', async () => {
    const demands = demandsOf(limits, 6);
    const ask = () => replica.engine.take(tenant, demands, { rememberDenials: true });
    await ask();
    await ask();
    await replica.engine.reset(tenant, demandsOf(limits, 0));
    expect((await ask()).allowed).toBe(true);
  });
});
