import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { demandsOf, limitOf, startEngine, tenant, type EngineReplica } from '../../../../test/limits/limit-engines.js';
import { startSentinel, until, type RunningSentinel } from '../../../../test/redis/index.js';
import { isAway } from '../ratelimit.errors.js';

jest.setTimeout(120_000);

const capacity = 20_000;
const limits = [
  limitOf({ name: 'day', capacity, windowSeconds: 30 * 86_400 }),
  limitOf({ name: 'budget', algorithm: 'calendar-window', period: 'month', unit: 'microUsd', capacity: 10 * capacity }),
];
const demands = demandsOf(limits, [1, 10]);

let sentinel: RunningSentinel;
let replicas: EngineReplica[];

beforeAll(async () => {
  sentinel = await startSentinel();
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  replicas = await Promise.all([startEngine(sentinel.url, keyPrefix), startEngine(sentinel.url, keyPrefix)]);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await sentinel.stop();
});

function isNotAway(fault: unknown): boolean {
  if (isAway(fault)) return false;
  throw fault;
}

/** Clients that ask on until told to stop; a Redis that is away is asked again. */
class Clients {
  admitted = 0;
  faults = 0;
  private stopped = false;
  private readonly done: Promise<unknown>;

  constructor(count: number) {
    this.done = Promise.all(Array.from({ length: count }, (_, index) => this.run(replicas[index % 2]!)));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async run({ engine }: EngineReplica): Promise<void> {
    while (!this.stopped) {
      try {
        if ((await engine.take(tenant, demands)).allowed) this.admitted += 1;
      } catch (fault) {
        if (!isAway(fault)) throw fault;
        this.faults += 1;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}

/** What has been admitted so far is on the replica, too. */
async function replicated(): Promise<void> {
  const master = new Redis(sentinel.master.url);
  await master.set('mark', 'written after all that was admitted');
  await until('the replica', async () => (await master.wait(1, 1_000)) === 1);
  master.disconnect();
}

async function used(of: EngineReplica): Promise<number[]> {
  const { limits: states } = await of.engine.peek(tenant, demandsOf(limits, 0));
  return states.map(({ limit, remaining }) => limit - remaining);
}

it('under load loses at a failover what the replica had not received, and admits no more than that beyond the limit', async () => {
  const early = new Clients(8);
  await until('admissions', async () => early.admitted > 500);
  await early.stop();
  await replicated();
  const late = new Clients(8);
  await until('admissions', async () => late.admitted > 200);
  sentinel.master.signal('SIGKILL');
  await until('the master to be missed', async () => late.faults > 0);
  const beforeFailover = late.admitted;
  await until('the replica to take over', async () => late.admitted > beforeFailover + 200, 60_000);
  await late.stop();
  for (const replica of replicas) {
    const found = () => used(replica).then(() => true, isNotAway);
    await until('each of us to have found the new master', found, 60_000);
  }

  const admitted = early.admitted + late.admitted;
  const [requests, money] = await used(replicas[0]!);
  expect(money).toBe(10 * requests!);
  // Whatever was admitted before the replica had it all is counted; of what came then, at most what the old master had.
  expect(requests).toBeGreaterThanOrEqual(admitted - beforeFailover);
  expect(requests).toBeLessThanOrEqual(admitted + late.faults);

  await replicas[0]!.engine.take(tenant, demandsOf(limits, [capacity - requests!, 0]));
  expect(await replicas[1]!.engine.take(tenant, demands)).toMatchObject({ allowed: false, binding: 'day' });
});
