import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import type { VectorEngine } from '#service';
import { startCacheReplica, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, sha256, type Asking } from '../../../../test/cache/questions.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { seededRandom } from '../../../../test/cache/seeded-random.js';
import { PolicyService } from '../policy/policy.service.js';
import { GenerationService } from '../generation/generation.service.js';
import { entryFields } from '../response/entry-fields.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { SemanticIndexService } from './semantic-index.service.js';

const searchUrl = process.env['REDIS_SEARCH_URL'];
if (searchUrl === undefined)
  process.stderr.write('\nNOT RUN: isolation in the search module. Set REDIS_SEARCH_URL.\n\n');

const engines: [VectorEngine, string | undefined][] = [
  ['embedded', undefined],
  ...(searchUrl === undefined ? [] : [['redisearch', searchUrl] as [VectorEngine, string]]),
];

const punctuation = [...',.<>{}[]"\':;!@#$%^&*()-+=~/\\|?_` \t', 'é', '\u{1F600}', '', 'none', 'null', '{*}'];
const tenants = ['acme', 'acme-2', 'acme.2', 'a', 'A'];
const caches = ['default', 'default-2', 'Default'];
const questions = ['How do I reset my router password?', 'Where is my order of garden furniture?'];
const nearly = ['How do I resett my router pasword?', 'Where is my order of garden furnitture?'];

interface Combination {
  readonly tenant: string;
  readonly cacheId: string;
  /** Locale, safety flag or attribute value, as the gateway puts it into the frame. */
  readonly value: string;
  readonly userId: string;
  readonly question: number;
}

/** The frame as the gateway makes it: no value can be mistaken for another, nor for an absent one. */
const asking = ({ tenant, cacheId, value, userId }: Combination, turn: string): Asking => ({
  tenant,
  cacheId,
  turn,
  userId,
  frame: sha256('frame', value),
});

describe.each(engines)('isolation: %s', (vectorEngine, url) => {
  let redis: RunningRedis | undefined;
  let replica: TestingModule;
  /** What was stored, also by an attempt before this one. */
  const kept = new Set<string>();
  const random = seededRandom(20_261_121);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const combination = (): Combination => ({
    tenant: pick(tenants),
    cacheId: pick(caches),
    value: pick(punctuation),
    userId: `user${pick(punctuation)}`,
    question: pick([0, 1]),
  });

  beforeAll(async () => {
    redis = url === undefined ? await startRedis() : undefined;
    const address = url ?? redis!.url;
    const urls = { cache: address, state: address, bus: address };
    const keyPrefix = `t${Math.random().toString(36).slice(2, 10)}`;
    replica = await startCacheReplica({ urls, keyPrefix, env: { vectorEngine } });
    for (const tenant of tenants)
      for (const cacheId of caches)
        await replica.get(PolicyService).write({ tenant, cacheId }, { similarityThreshold: 0.6 });
    await untilSemantic(replica);
  });

  afterAll(async () => {
    await replica.close();
    await redis?.stop();
  });

  /** Who may be answered by whom. */
  const circle = ({ tenant, cacheId, value, userId, question }: Combination) =>
    JSON.stringify([tenant, cacheId, value, question, question === 1 ? userId : null]);

  it('lets no answer of 400 cross a boundary in 5 000 look-ups', async () => {
    const responses = replica.get(ResponseCacheService);
    for (let entry = 0; entry < 400; entry += 1) {
      const made = combination();
      const answer = JSON.stringify({ circle: circle(made) });
      await responses.store(answerTo(asking(made, questions[made.question]!), { answer }));
      kept.add(circle(made));
    }
    await untilSemantic(replica);
    let hits = 0;
    for (let lookUp = 0; lookUp < 5_000; lookUp += 1) {
      const made = combination();
      const reply = await responses.lookUp(ask(asking(made, nearly[made.question]!)));
      if (reply.hit) expect(JSON.parse(reply.answer)).toEqual({ circle: circle(made) });
      expect([reply.hit, reply.hit ? reply.via : reply.reason]).toEqual(
        kept.has(circle(made)) ? [true, 'semantic'] : [false, 'absent'],
      );
      hits += reply.hit ? 1 : 0;
    }
    expect(hits).toBeGreaterThan(500);
  }, 180_000);

  it('keeps labels of every sign apart, and what applications stored from chats', async () => {
    const index = replica.get(SemanticIndexService);
    const scope = { tenant: 'acme', cacheId: 'default' };
    const generation = await replica.get(GenerationService).current(scope);
    const text = 'Which labels does this prompt carry?';
    const expiresAt = Date.now() + 60_000;
    const common = { boundaries: { generation, kind: 'prompt' }, text } as const;
    punctuation.forEach((value, at) => {
      const entryId = at.toString(16).padStart(32, '0');
      const fields = entryFields({ exactKey: sha256(value), generation }, text);
      index.add({ ...common, entry: { ...scope, entryId }, labels: { a: value, b: 'x' }, fields, expiresAt });
    });
    await untilSemantic(replica);
    const query = { ...common, scope, limit: 100, embedMs: 2_000, endsAt: performance.now() + 60_000 };
    for (const value of punctuation) {
      const found = await index.find({ ...query, labels: { a: value } });
      expect(found).toEqual([expect.objectContaining({ exactKey: sha256(value), prompt: text })]);
      expect(await index.find({ ...query, labels: { b: value } })).toEqual([]);
    }
    expect(await index.find({ ...query, labels: { b: 'x' } })).toHaveLength(punctuation.length);
    expect(await index.find({ ...query, boundaries: { generation, kind: 'chat' } })).toEqual([]);
  });
});
