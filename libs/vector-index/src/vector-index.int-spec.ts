import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisConnections } from '#redis-connection';
import { until } from '../../../test/redis/index.js';
import { compileThread, openServer, type TestServer } from '../../../test/vector-index/engines.js';
import { DocumentStore } from './document-store.js';
import { EmbeddedEngine } from './embedded-engine.js';
import { boundaryField, defineIndexSchema, type IndexSchema, type VectorType } from './index-schema.js';
import { PartitionHost } from './partition-host.js';
import { RedisearchEngine } from './redisearch-engine.js';
import { ThreadedHost } from './threaded-host.js';
import { cosine, fromBytes, toBytes } from './vector-bytes.js';
import type { VectorDocument, VectorIndex } from './vector-index.js';

const dimension = 16;
const searchUrl = process.env['REDIS_SEARCH_URL'];
if (searchUrl === undefined) {
  process.stderr.write(
    '\nNOT RUN: the tests of the search module engine. REDIS_SEARCH_URL names no server to be emptied.\n\n',
  );
}

type Open = (schema: IndexSchema, connections: RedisConnections) => VectorIndex;
const thread = compileThread();
afterAll(() => thread.remove());

const embedded =
  (threaded: boolean): Open =>
  (schema, connections) =>
    new EmbeddedEngine({
      store: new DocumentStore(schema, connections, 'cache'),
      connections,
      sweepMs: 50,
      openHost: (onEnd) => (threaded ? new ThreadedHost(dimension, onEnd, thread.entry) : new PartitionHost(dimension)),
    });
const redisearch: Open = (schema, connections) =>
  new RedisearchEngine({
    store: new DocumentStore(schema, connections, 'cache'),
    keyPrefix: connections.keyPrefix,
    pollMs: 10,
  });

const engines: [string, Open, string | undefined, VectorType][] = [
  ['embedded', embedded(false), undefined, 'float32'],
  ['embedded, 8 bits', embedded(false), undefined, 'int8'],
  ['embedded in its thread', embedded(true), undefined, 'float32'],
  ...(searchUrl === undefined
    ? []
    : [['search module', redisearch, searchUrl, 'float32'] as [string, Open, string, VectorType]]),
];

const random = () => Float32Array.from({ length: dimension }, () => Math.random() - 0.5);
const nearTo = (vector: Float32Array, noise = 0.02) => vector.map((value) => value + noise * (Math.random() - 0.5));

describe.each(engines)('a vector index: %s', (_, open, url, type) => {
  let server: TestServer;
  let connections: RedisConnections;
  let schema: IndexSchema;
  const opened: VectorIndex[] = [];
  let serial = 0;

  beforeAll(async () => {
    server = await openServer(url);
    connections = await server.connect();
  });
  afterAll(() => server.stop());
  afterEach(() => Promise.all(opened.splice(0).map((index) => index.close())));

  const define = (over: { version?: number; embedder?: string; name?: string } = {}) => {
    const name = over.name ?? `answers${serial}`;
    return defineIndexSchema({
      name,
      version: over.version ?? 1,
      prefix: `${connections.keyPrefix}:entry:${name}:`,
      boundaries: ['tenant', 'locale', 'user'],
      vector: { embedder: over.embedder ?? 'fixed', dimension, type },
    });
  };
  const start = async (of = schema, by = connections) => {
    const index = open(of, by);
    opened.push(index);
    await index.ensure();
    await until('the index to be ready', () => index.status() === 'ready');
    return index;
  };
  const fresh = () => {
    serial += 1;
    schema = define();
    return start();
  };
  const document = (id: string, vector: Float32Array, over: Partial<VectorDocument> = {}): VectorDocument => ({
    id,
    vector,
    boundaries: { tenant: 'a' },
    fields: { answer: `answer ${id}` },
    ...over,
  });
  const find = async (index: VectorIndex, vector: Float32Array, over = {}) =>
    (await index.search({ boundaries: { tenant: 'a' }, vector, limit: 3, threshold: 0.9, ...over })).map(
      ({ id }) => id,
    );

  it('finds the nearest first, with similarity and the fields asked for', async () => {
    const index = await fresh();
    const [vector, other] = [random(), random()];
    const close = nearTo(vector, 0.1);
    await index.upsert([document('one', vector), document('two', close), document('far', other)]);
    const matches = await index.search({
      boundaries: { tenant: 'a' },
      vector,
      limit: 2,
      fields: ['answer', 'none'],
    });
    expect(matches.map(({ id }) => id)).toEqual(['one', 'two']);
    expect(matches[0]!.similarity).toBeCloseTo(1, type === 'int8' ? 2 : 4);
    expect(matches[1]!.similarity).toBeCloseTo(cosine(vector, close), type === 'int8' ? 2 : 4);
    expect(matches[0]!.fields['answer']!.toString()).toBe('answer one');
    expect(matches[0]!.fields).not.toHaveProperty('none');
  });

  it('keeps to threshold and limit', async () => {
    const index = await fresh();
    const vector = random();
    const opposite = vector.map((value) => -value);
    await index.upsert(Array.from({ length: 5 }, (__, i) => document(`d${i}`, nearTo(vector))));
    await index.upsert([document('opposite', opposite)]);
    expect(await find(index, vector, { limit: 4 })).toHaveLength(4);
    expect(await find(index, vector, { limit: 10 })).toHaveLength(5);
    expect(await find(index, opposite)).toEqual(['opposite']);
  });

  it('crosses no boundary, whatever the values are, and takes an absent one for none', async () => {
    const index = await fresh();
    const vector = random();
    const values = [
      undefined,
      'none',
      '',
      '*',
      'a,b',
      'a b',
      '-',
      '|',
      '{x}',
      '@a:{b}',
      'A',
      'a',
      ':',
      '"\\',
      'ü',
      '\n',
    ];
    const sets = values.flatMap((tenant) => values.map((locale) => ({ tenant, locale })));
    await index.upsert(sets.map((boundaries, i) => document(`d${i}`, vector, { boundaries })));
    await Promise.all(
      sets.map(async (boundaries, i) => expect(await find(index, vector, { boundaries })).toEqual([`d${i}`])),
    );
    expect(await find(index, vector, { boundaries: { ...sets[0], user: 'x' } })).toEqual([]);
  });

  it('answers 5 000 random look-ups, each with nothing but its own side of every boundary', async () => {
    const index = await fresh();
    const vector = random();
    const texts = [undefined, 'a', 'b', ...',.<>{}[]"\':;!@#$%^&*()-+=~/\\|? '];
    const pick = () => texts[Math.floor(Math.random() * texts.length)];
    const draw = () => ({ tenant: pick(), locale: pick(), user: pick() });
    const stored = Array.from({ length: 400 }, draw);
    await index.upsert(stored.map((boundaries, i) => document(`d${i}`, vector, { boundaries })));
    const key = (boundaries: object) => JSON.stringify(Object.entries(boundaries));
    const own = new Map<string, string[]>();
    stored.forEach((boundaries, i) => own.set(key(boundaries), [...(own.get(key(boundaries)) ?? []), `d${i}`]));
    for (let round = 0; round < 50; round++) {
      await Promise.all(
        Array.from({ length: 100 }, async (__, i) => {
          const boundaries = i % 2 === 0 ? draw() : stored[Math.floor(Math.random() * stored.length)]!;
          const ids = await find(index, vector, { boundaries, limit: 50 });
          expect(ids.sort()).toEqual((own.get(key(boundaries)) ?? []).sort());
        }),
      );
    }
  }, 60_000);

  it('finds the same nearest as comparing with all', async () => {
    const index = await fresh();
    const vectors = Array.from({ length: 2_500 }, random);
    for (let from = 0; from < vectors.length; from += 250) {
      await index.upsert(vectors.slice(from, from + 250).map((vector, i) => document(`d${from + i}`, vector)));
    }
    const stored = vectors.map((vector) => fromBytes(toBytes(vector, type), type, dimension)!);
    let found = 0;
    for (let i = 0; i < 50; i++) {
      const query = random();
      const similarities = stored.map((vector) => cosine(vector, query));
      const best = similarities.indexOf(Math.max(...similarities));
      found += Number((await find(index, query, { limit: 1, threshold: 0 })).join() === `d${best}`);
    }
    expect(found / 50).toBeGreaterThanOrEqual(0.98);
  }, 60_000);

  it('filters by labels with any punctuation, beside the boundaries', async () => {
    const index = await fresh();
    const vector = random();
    await index.upsert([
      document('none', vector),
      document('one', vector, { labels: { team: 'a,b' } }),
      document('both', vector, { labels: { team: 'a,b', 'x-y': '{*}' } }),
    ]);
    expect(await find(index, vector)).toHaveLength(3);
    expect((await find(index, vector, { labels: { team: 'a,b' } })).sort()).toEqual(['both', 'one']);
    expect(await find(index, vector, { labels: { team: 'a,b', 'x-y': '{*}' } })).toEqual(['both']);
    expect(await find(index, vector, { labels: { team: 'a' } })).toEqual([]);
  });

  it('replaces a document as a whole', async () => {
    const index = await fresh();
    const [before, after] = [random(), random()];
    await index.upsert([document('d', before, { fields: { answer: '1', old: 'x' } })]);
    await index.upsert([document('d', after, { boundaries: { tenant: 'b' }, fields: { answer: '2' } })]);
    expect(await find(index, before)).toEqual([]);
    expect(await find(index, after)).toEqual([]);
    expect(await find(index, after, { boundaries: { tenant: 'b' } })).toEqual(['d']);
    expect(await connections.command('cache').hexists(`${schema.prefix}d`, 'old')).toBe(0);
  });

  it('adds a vector to a hash that has other fields, and keeps those and their time to live', async () => {
    const index = await fresh();
    const [vector, other] = [random(), random()];
    const client = connections.command('cache');
    const key = `${schema.prefix}d`;
    await client.hset(key, { exactKey: 'k', answer: 'old' });
    await client.pexpire(key, 60_000);
    await index.upsert([document('d', other, { labels: { team: 'x' }, keepsFields: true })]);
    await index.upsert([document('d', vector, { keepsFields: true })]);
    expect(await find(index, vector)).toEqual(['d']);
    expect(await find(index, vector, { labels: { team: 'x' } })).toEqual([]);
    expect(await client.hmget(key, 'exactKey', 'answer')).toEqual(['k', 'answer d']);
    expect(await client.pttl(key)).toBeGreaterThan(0);
    await index.upsert([document('d', vector, { keepsFields: true, ttlMs: 3_600_000 })]);
    expect(await client.pttl(key)).toBeGreaterThan(60_000);
  });

  it('takes no notice of hashes that have no vector', async () => {
    const index = await fresh();
    const client = connections.command('cache');
    await client.hset(`${schema.prefix}exact`, { exactKey: 'k', prompt: 'p', [boundaryField]: 'b' });
    const vector = random();
    await index.upsert([document('d', vector)]);
    await index.close();
    const again = await start();
    await client.hset(`${schema.prefix}later`, { exactKey: 'k' });
    expect(await find(again, vector)).toEqual(['d']);
    expect(await again.snapshot()).toMatchObject({ entries: 1, ghosts: 0, failures: 0 });
  });

  it('finds nothing that was removed, deleted behind its back, or has expired, and no ghost hides what is behind', async () => {
    const index = await fresh();
    const vector = random();
    const ids = Array.from({ length: 60 }, (__, i) => `d${i}`);
    await index.upsert(ids.map((id) => document(id, nearTo(vector, 0.001))));
    await index.upsert([document('brief', vector, { ttlMs: 60 }), document('behind', nearTo(vector, 0.2))]);
    await index.remove(ids.slice(0, 5));
    await connections.command('cache').del(...ids.slice(5).map((id) => schema.prefix + id));
    await until('expiry', async () => (await connections.command('cache').exists(`${schema.prefix}brief`)) === 0);
    await until('only what exists', async () => (await find(index, vector)).join() === 'behind');
    await until('no ghost to be counted', async () => (await index.snapshot()).entries === 1);
  });

  it('takes a spoilt vector for absent', async () => {
    const index = await fresh();
    const vector = random();
    await index.upsert([document('d', vector), document('e', nearTo(vector))]);
    await connections.command('cache').hset(`${schema.prefix}d`, schema.vectorField, 'spoilt');
    expect(await find(index, vector)).toEqual(['e']);
  });

  it('refuses what could not be found again, and then writes nothing', async () => {
    const index = await fresh();
    const good = document('good', random());
    const bad = [new Float32Array(dimension), random().subarray(1), random().fill(NaN)];
    for (const vector of bad) {
      await expect(index.upsert([good, document('bad', vector)])).rejects.toMatchObject({ fault: 'invalid' });
      await expect(index.search({ boundaries: {}, vector, limit: 1 })).rejects.toMatchObject({ fault: 'invalid' });
    }
    await expect(index.upsert([document('b', random(), { boundaries: { unknown: 'x' } })])).rejects.toThrow(RangeError);
    expect(await connections.command('cache').exists(`${schema.prefix}good`)).toBe(0);
  });

  it('serves after a restart what was stored before', async () => {
    const index = await fresh();
    const vector = random();
    await index.upsert([document('d', vector)]);
    await index.close();
    expect(await find(await start(), vector)).toEqual(['d']);
  });

  it('reads no vector of another embedder', async () => {
    const index = await fresh();
    const vector = random();
    await index.upsert([document('d', vector)]);
    const other = await start(define({ embedder: 'other' }));
    expect(await find(other, vector)).toEqual([]);
  });

  it('agrees with another replica within a second while both write and remove', async () => {
    const index = await fresh();
    const replica = await start(schema, await server.connect());
    const vectors = Array.from({ length: 300 }, random);
    await Promise.all(
      vectors.map(async (vector, i) => {
        const [one, other] = i % 2 === 0 ? [index, replica] : [replica, index];
        await one.upsert([document(`d${i}`, vector)]);
        await Promise.all([other.remove([`d${i}`]), i % 3 === 0 && one.upsert([document(`d${i}`, vector)])]);
      }),
    );
    const client = connections.command('cache');
    const exist = await Promise.all(vectors.map((__, i) => client.exists(`${schema.prefix}d${i}`)));
    await until('both to agree with Redis', async () => {
      const answers = await Promise.all(
        vectors.flatMap((vector) => [index, replica].map((one) => find(one, vector, { threshold: 0.999 }))),
      );
      return answers.every((ids, n) => ids.includes(`d${n >> 1}`) === (exist[n >> 1] === 1));
    });
  });

  it('survives FLUSHALL: nothing is found, and what comes after is', async () => {
    const index = await fresh();
    const replica = await start(schema, await server.connect());
    const [before, after] = [random(), random()];
    await index.upsert([document('d', before)]);
    await connections.command('cache').flushall();
    expect(await find(index, before).catch(() => [])).toEqual([]);
    await index.upsert([document('e', after)]);
    for (const one of [index, replica]) {
      await until('the new one to be found', async () => (await find(one, after).catch(() => [])).join() === 'e');
    }
  });
});
