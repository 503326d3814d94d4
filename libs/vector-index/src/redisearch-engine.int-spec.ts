import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisConnections } from '#redis-connection';
import { until } from '../../../test/redis/index.js';
import { openServer, type TestServer } from '../../../test/vector-index/engines.js';
import { chooseEngine, storesVectors } from './choose-engine.js';
import { DocumentStore } from './document-store.js';
import { defineIndexSchema, type IndexSchema } from './index-schema.js';
import { RedisearchEngine } from './redisearch-engine.js';

const searchUrl = process.env['REDIS_SEARCH_URL'];
if (searchUrl === undefined) {
  process.stderr.write(
    '\nNOT RUN: migration, detection and faults of the search module. REDIS_SEARCH_URL names no server.\n\n',
  );
}

describe('the choice of an engine on plain Redis', () => {
  it('is the embedded one, unless another is asked for', async () => {
    const server = await openServer();
    const client = (await server.connect()).command('cache');
    expect(await chooseEngine(client, 'auto')).toBe('embedded');
    expect(await chooseEngine(client, 'redisearch')).toBe('redisearch');
    await server.stop();
    expect(await chooseEngine(client, 'auto')).toBe('embedded');
  });
});

(searchUrl === undefined ? describe.skip : describe)('the search module', () => {
  let server: TestServer;
  let connections: RedisConnections;
  const opened: RedisearchEngine[] = [];
  let serial = 0;

  beforeAll(async () => {
    server = await openServer(searchUrl);
    connections = await server.connect();
  });
  afterAll(() => server.stop());
  afterEach(() => Promise.all(opened.splice(0).map((index) => index.close())));

  const define = (version: number, name = `migrating${serial}`) =>
    defineIndexSchema({
      name,
      version,
      prefix: `${connections.keyPrefix}:entry:${name}:`,
      boundaries: ['tenant'],
      vector: { embedder: 'fixed', dimension: 3 },
    });
  const open = async (schema: IndexSchema) => {
    const store = new DocumentStore(schema, connections, 'cache');
    const index = new RedisearchEngine({ store, keyPrefix: connections.keyPrefix, pollMs: 10 });
    opened.push(index);
    await index.ensure();
    await until('the index', () => index.status() === 'ready');
    return index;
  };
  const call = (...args: string[]) => connections.command('cache').call(args[0]!, ...args.slice(1));
  const names = async () =>
    ((await call('FT._LIST')) as string[]).filter((name) => name.includes(`migrating${serial}.`));
  const vector = Float32Array.of(1, 2, 3);
  const document = { id: 'd', boundaries: { tenant: 'a' }, vector };
  const find = async (index: RedisearchEngine) =>
    (await index.search({ boundaries: { tenant: 'a' }, vector, limit: 1 })).map(({ id }) => id);
  const aliased = async () => String(((await call('FT.INFO', aliasOf())) as string[])[1]);
  const aliasOf = () => `${connections.keyPrefix}:index:migrating${serial}.fixed`;

  it('is found by asking the server', async () => {
    expect(await chooseEngine(connections.command('cache'), 'auto')).toBe('redisearch');
  });

  it('is left alone with vectors of 8 bits unless it stores them', async () => {
    const client = connections.command('cache');
    const stores = await storesVectors(client, 'int8');
    expect(await chooseEngine(client, 'auto', 'int8')).toBe(stores ? 'redisearch' : 'embedded');
    const chosen = chooseEngine(client, 'redisearch', 'int8').catch((error: { fault: string }) => error.fault);
    expect(await chosen).toBe(stores ? 'redisearch' : 'invalid');
    expect(((await call('FT._LIST')) as string[]).some((name) => name.includes('probe'))).toBe(false);
  });

  it('builds a changed schema beside the old one, moves the alias and drops the old index, but no document', async () => {
    serial += 1;
    await (await open(define(1))).upsert([document]);
    const after = await open(define(2));
    await until('the old index to go', async () => (await names()).length === 1);
    expect(await aliased()).toBe(`${aliasOf()}:${define(2).versionName}`);
    await after.upsert([document]);
    expect(await find(after)).toEqual(['d']);
    expect(await connections.command('cache').exists(`${define(1).prefix}d`)).toBe(1);
  });

  it('does not take the alias back for an older release that starts late', async () => {
    serial += 1;
    const newer = await open(define(2));
    await newer.upsert([document]);
    await open(define(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await aliased()).toBe(`${aliasOf()}:${define(2).versionName}`);
    expect(await find(newer)).toEqual(['d']);
  });

  it('builds an index that was dropped, and says meanwhile that it is loading', async () => {
    serial += 1;
    const index = await open(define(1));
    await index.upsert([document]);
    await call('FT.DROPINDEX', (await names())[0]!);
    await expect(find(index)).rejects.toMatchObject({ fault: 'loading' });
    await until('the index to be back', () => index.status() === 'ready');
    expect(await find(index)).toEqual(['d']);
  });

  it('counts the hashes that the server leaves out silently', async () => {
    serial += 1;
    const schema = define(1);
    const index = await open(schema);
    await connections.command('cache').hset(`${schema.prefix}spoilt`, { [schema.vectorField]: 'short' });
    await until('the failure to be counted', async () => (await index.snapshot()).failures === 1);
  });

  it('waits for all that lay there before', async () => {
    serial += 1;
    const schema = define(1);
    const store = new DocumentStore(schema, connections, 'cache');
    const many = Array.from({ length: 3_000 }, (_, i) => ({ ...document, id: `d${i}` }));
    await Promise.all(many.map((one) => store.write(one, store.prepare(one))));
    const index = await open(schema);
    expect((await index.snapshot()).entries).toBe(3_000);
  });
});
