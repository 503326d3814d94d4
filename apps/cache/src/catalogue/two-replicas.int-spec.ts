import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { ServiceError, type InvalidateRequest, type StoreAnswerRequest } from '#contracts';
import { startCacheReplica } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, scope } from '../../../../test/cache/questions.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { PolicyService } from '../policy/policy.service.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { CatalogueService } from './catalogue.service.js';

const prompts = 10_000;
const workers = 16;
const longestCallMs = 40;
/** A replica may store what it was asked for in the generation before for so long. */
const heldMs = 1_000;

let redis: RunningRedis;
let replicas: TestingModule[];

beforeAll(async () => {
  redis = await startRedis();
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  replicas = await Promise.all([startCacheReplica({ urls, keyPrefix }), startCacheReplica({ urls, keyPrefix })]);
  // By exact text only: what is compared by meaning has a test of its own.
  for (const replica of replicas) await replica.get(PolicyService).write(scope, { mode: 'exact' });
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await redis.stop();
});

type Selection = Partial<Pick<InvalidateRequest, 'tag' | 'attributes' | 'model' | 'writer'>>;

interface Prompt {
  readonly turn: string;
  readonly carried: Pick<StoreAnswerRequest, 'tags' | 'attributes' | 'model' | 'writer'>;
  /** Times of this process, in milliseconds. */
  readonly beganAt: number;
  /** How long it was on its way to the store: so much younger at most the answer looks than it is. */
  readonly transitMs: number;
}

interface Invalidation {
  /** Absent: a flush. */
  readonly selection?: Selection;
  readonly beganAt: number;
  readonly endedAt: number;
}

const stored: Prompt[] = [];
const invalidations: Invalidation[] = [];
const pick = (count: number) => Math.floor(Math.random() * count);
const replica = (number: number) => replicas[number % replicas.length]!;

function carriedBy(serial: number): Prompt['carried'] {
  return {
    model: `m${pick(40)}`,
    writer: `k${pick(40)}`,
    tags: [`t${pick(40)}`, `u${pick(40)}`],
    attributes: { locale: `l${serial % 40}`, plan: `p${pick(3)}` },
  };
}

/** A busy machine may let Redis look away for a moment: that is asked again, as every caller would. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (fault) {
      if (attempt === 50 || !(fault instanceof ServiceError) || fault.code !== 'unavailable') throw fault;
      await sleep(100);
    }
  }
}

async function storeOne(serial: number): Promise<void> {
  const turn = `What is the meaning of the number ${serial}?`;
  const carried = carriedBy(serial);
  const beganAt = Date.now();
  const isAsked = await patiently(() => replica(serial).get(ResponseCacheService).lookUp(ask({ turn })));
  if (isAsked.hit) throw new Error('nobody has stored it');
  if (serial % 50 === 0) await sleep(pick(longestCallMs));
  const { generation } = isAsked;
  const answer = answerTo({ turn }, { ...carried, generation, latencyMs: Date.now() - beganAt });
  const sentAt = Date.now();
  await patiently(() =>
    replica(serial + 1)
      .get(ResponseCacheService)
      .store(answer),
  );
  stored.push({ turn, carried, beganAt, transitMs: Date.now() - sentAt + 1 });
}

function selectionOf(turn: number): Selection {
  const selections: Selection[] = [
    { tag: `t${pick(40)}` },
    { attributes: { locale: `l${pick(40)}`, plan: `p${pick(3)}` } },
    { model: `m${pick(40)}` },
    { writer: `k${pick(40)}` },
    { attributes: { locale: `l${pick(40)}` } },
    { tag: `u${pick(40)}` },
  ];
  return selections[turn % selections.length]!;
}

async function invalidateOne(turn: number, selection?: Selection): Promise<void> {
  const beganAt = Date.now();
  const one = replica(turn);
  if (selection) await patiently(() => one.get(CatalogueService).invalidate({ ...scope, ...selection }));
  else await patiently(() => one.get(ResponseCacheService).flush(scope));
  invalidations.push({ ...(selection && { selection }), beganAt, endedAt: Date.now() });
}

function concerns({ selection }: Invalidation, { carried }: Prompt): boolean {
  if (!selection) return true;
  const { tag, attributes, model, writer } = selection;
  if (tag) return carried.tags!.includes(tag);
  if (attributes) return Object.entries(attributes).every(([name, value]) => carried.attributes![name] === value);
  return model ? carried.model === model : carried.writer === writer;
}

/** What must come of a prompt; nothing where nobody can say which came first. */
function expected(prompt: Prompt): 'gone' | 'there' | undefined {
  const concerned = invalidations.filter((invalidation) => concerns(invalidation, prompt));
  if (concerned.some(({ beganAt }) => beganAt > prompt.beganAt + prompt.transitMs)) return 'gone';
  const isBefore = ({ selection, endedAt }: Invalidation) => endedAt + (selection ? 1 : heldMs) < prompt.beganAt;
  return concerned.every(isBefore) ? 'there' : undefined;
}

async function found(one: TestingModule): Promise<boolean[]> {
  const hits: boolean[] = new Array<boolean>(stored.length);
  let next = 0;
  const work = async () => {
    while (next < stored.length) {
      const index = next;
      next += 1;
      const question = ask({ turn: stored[index]!.turn });
      hits[index] = (await patiently(() => one.get(ResponseCacheService).lookUp(question))).hit;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return hits;
}

it('10 000 prompts, stored and asked for while two replicas invalidate in every way: both agree within a second', async () => {
  let next = 0;
  const store = async () => {
    while (next < prompts) {
      next += 1;
      await storeOne(next);
    }
  };
  const invalidate = async () => {
    for (let turn = 0; next < prompts; turn += 1) {
      await invalidateOne(turn, selectionOf(turn));
      await sleep(20);
    }
  };
  const flush = async () => {
    while (next < prompts / 3) await sleep(5);
    await invalidateOne(0);
  };
  await Promise.all([invalidate(), flush(), ...Array.from({ length: workers }, store)]);
  expect(invalidations.length).toBeGreaterThan(30);
  await sleep(1_000);

  const [one, other] = [await found(replicas[0]!), await found(replicas[1]!)];
  expect(one.filter((isHit, index) => isHit !== other[index])).toEqual([]);
  const verdicts = stored.map(expected);
  const wrong = stored.filter((_, index) => verdicts[index] === (one[index] ? 'gone' : 'there'));
  expect(wrong).toEqual([]);
  expect(verdicts.filter((verdict) => verdict === 'gone').length).toBeGreaterThan(1_000);
  expect(verdicts.filter((verdict) => verdict === 'there').length).toBeGreaterThan(100);
}, 360_000);
