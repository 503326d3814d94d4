import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { ServiceError } from '#contracts';
import { startCacheReplica, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome, scope } from '../../../../test/cache/questions.js';
import { seededRandom } from '../../../../test/cache/seeded-random.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { ResponseCacheService } from '../response/response-cache.service.js';

const prompts = 3_000;
const tags = 20;
/** At once; more in one process with the tests would only make the tests slow. */
const workers = 6;
const syllables = ['ba', 'do', 'fi', 'gu', 'ka', 'le', 'mo', 'nu', 'pe', 'ri', 'so', 'ta', 'vu', 'we', 'xi', 'zo'];

let redis: RunningRedis;
let replicas: TestingModule[];
const random = seededRandom(3_000);

/** Words that no other prompt has, so that each is near itself only. */
function nameOf(serial: number): string {
  return [12, 8, 4, 0].map((shift) => syllables[(serial >> shift) & 15]).join('');
}

const turnOf = (serial: number) => `Explain ${nameOf(serial)} and ${nameOf(serial * 7 + 3)} to a child`;
const reworded = (serial: number) =>
  `Please explain ${nameOf(serial)} and ${nameOf(serial * 7 + 3)} to a child, thanks`;
const tagOf = (serial: number) => `source ${serial % tags}`;
const replica = (serial: number) => replicas[serial % replicas.length]!;

beforeAll(async () => {
  redis = await startRedis();
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  replicas = await Promise.all([startCacheReplica({ urls, keyPrefix }), startCacheReplica({ urls, keyPrefix })]);
  await untilSemantic(...replicas);
});

afterAll(async () => {
  await Promise.all(replicas.map((one) => one.close()));
  await redis.stop();
});

/** A machine that is busy with all of this may be late: then the cache says so, and is asked again. */
async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'unavailable') throw error;
      await sleep(100);
    }
  }
}

const lookUpIn = (one: TestingModule, serial: number) =>
  insist(() => one.get(ResponseCacheService).lookUp(ask({ turn: reworded(serial) })));
const invalidateIn = (one: TestingModule, tag: string) =>
  insist(() => one.get(CatalogueService).invalidate({ ...scope, tag }));

async function storeAndAsk(serial: number): Promise<void> {
  const request = answerTo({ turn: turnOf(serial) }, { tags: [tagOf(serial)] });
  await insist(() => replica(serial).get(ResponseCacheService).store(request));
  const asked = Math.floor(random() * (serial + 1));
  const reply = await lookUpIn(replica(serial + 1), asked);
  // Whatever is served is the answer of this very prompt.
  if (reply.hit) expect(JSON.parse(reply.answer)).toMatchObject({ to: turnOf(asked) });
}

async function outcomesOf(one: TestingModule, serials: readonly number[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const serial of serials) {
    outcomes.push(outcome(await lookUpIn(one, serial)));
  }
  return outcomes;
}

it('stays true by meaning while 3 000 prompts are stored, asked for and invalidated from two replicas', async () => {
  let next = 0;
  const work = async () => {
    while (next < prompts) {
      const serial = next;
      next += 1;
      await storeAndAsk(serial);
      const tag = tagOf(Math.floor(random() * tags));
      if (serial % 500 === 499)
        await replica((serial + 1) / 500)
          .get(CatalogueService)
          .invalidate({ ...scope, tag });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  await untilSemantic(...replicas);

  const invalidated = Array.from({ length: tags / 2 }, (_, tag) => `source ${tag}`);
  await Promise.all(invalidated.map((tag, index) => invalidateIn(replica(index), tag)));
  const sample = Array.from({ length: 400 }, () => Math.floor(random() * prompts));
  await until(
    'both replicas agree',
    async () => {
      const [one, other] = [await outcomesOf(replicas[0]!, sample), await outcomesOf(replicas[1]!, sample)];
      return JSON.stringify(one) === JSON.stringify(other);
    },
    90_000,
  );
  const outcomes = await outcomesOf(replicas[0]!, sample);
  sample.forEach((serial, index) => {
    if (invalidated.includes(tagOf(serial))) expect(outcomes[index]).not.toBe('semantic');
  });
  expect(outcomes.filter((found) => found === 'semantic').length).toBeGreaterThan(50);
}, 240_000);
