import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions } from '../../../../test/session/session-app.js';
import type { ArchiveRecord } from './archive.js';
import { FileArchive } from './file-archive.js';

jest.setTimeout(120_000);

let redis: RunningRedis;
let client: Redis;
let folder: string;
let sessions: RunningSessions;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'larder-archive-'));
  sessions = await startSessionApp(redis.url, { env: { archiveDir: folder } });
});

afterEach(async () => {
  await sessions.stop();
  rmSync(folder, { recursive: true, force: true });
});

const files = () => readdirSync(folder).map((name) => join(folder, name));
const text = () =>
  files()
    .map((file) => readFileSync(file, 'utf8'))
    .join('');

function lines(): ArchiveRecord[] {
  return text()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ArchiveRecord);
}

async function replayed(): Promise<ArchiveRecord[]> {
  const found: ArchiveRecord[] = [];
  for await (const record of new FileArchive(folder).records()) found.push(record);
  return found;
}

async function newSession(userId: string): Promise<string> {
  return (await sessions.call('POST', '/v1/sessions', { userId })).body['id'] as string;
}

async function say(id: string, ...contents: string[]): Promise<void> {
  const messages = contents.map((content) => ({ role: 'user', content, id: content.replace(/\W/g, '-') }));
  expect((await sessions.call('POST', `/v1/sessions/${id}/messages`, { messages })).status).toBe(201);
}

const archived = (count: number) => until(`${count} lines`, () => lines().length >= count);

describe('the audit archive', () => {
  it('keeps every message once, and what became of it, after the session is gone', async () => {
    const id = await newSession('ann');
    await say(id, 'one', 'two');
    await say(id, 'one', 'two');
    await sessions.call('PATCH', `/v1/sessions/${id}/messages/two`, { content: 'better' });
    await sessions.call('DELETE', `/v1/sessions/${id}/messages/one`);
    await sessions.call('PATCH', `/v1/sessions/${id}`, { ttlSeconds: 1 });
    await until('it is gone', async () => (await sessions.call('GET', `/v1/sessions/${id}`)).status === 404);
    await archived(4);
    const about = { tenant: 'default', sessionId: id, userId: 'ann' };
    expect(lines()).toMatchObject([
      { ...about, number: 1, kind: 'message', seq: 1, body: { message: { content: 'one' } } },
      { ...about, number: 2, kind: 'message', seq: 2, body: { message: { content: 'two' } } },
      { ...about, number: 3, kind: 'edited', seq: 2, body: { message: { content: 'better' } } },
      { ...about, number: 4, kind: 'deleted', seq: 1, body: {} },
    ]);
    expect(await client.exists(`${sessions.keyPrefix}:session:{default:${id}}:outbox`)).toBe(0);
  });

  it('writes once what its last writer had written, but not yet dropped, when it was killed', async () => {
    const id = await newSession('ann');
    const outbox = `${sessions.keyPrefix}:session:{default:${id}}:outbox`;
    await say(id, 'one', 'two');
    await archived(2);
    await until('the outbox is empty', async () => (await client.exists(outbox)) === 0);
    const again = await client.hgetall(`${sessions.keyPrefix}:session:{default:${id}}:meta`);
    await sessions.stop();
    // As it lay there before the kill, and half a line of a batch that was never finished.
    const entries = lines().map(({ number, seq, at, body }) =>
      [`${again['born']}|${number}|message|${seq}|${at}|"ann"`, JSON.stringify(body)].join('\n'),
    );
    await client.rpush(outbox, ...entries);
    appendFileSync(files()[0]!, '{"tenant":"default","sessionId":"x","bo');
    await client.del(`${sessions.keyPrefix}:archive:lease`);
    const { keyPrefix } = sessions;
    sessions = await startSessionApp(redis.url, { keyPrefix, env: { archiveDir: folder } });
    await say(id, 'three');
    await until('the outbox is empty again', async () => (await client.exists(outbox)) === 0);
    expect((await replayed()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(text().match(/"kind":"message"/g)).toHaveLength(3);
  });

  it('is written by one replica at a time, and by another when that is gone', async () => {
    const other = await startSessionApp(redis.url, { keyPrefix: sessions.keyPrefix, env: { archiveDir: folder } });
    try {
      const ids = await Promise.all(['ann', 'bob', 'cid'].map((user) => newSession(user)));
      for (const id of ids) await say(id, ...Array.from({ length: 30 }, (_, index) => `m${index}`));
      await archived(90);
      for (const id of ids) {
        const own = lines().filter(({ sessionId }) => sessionId === id);
        expect(own.map(({ seq }) => seq)).toEqual(own.map((_, index) => index + 1));
      }
      expect(lines()).toHaveLength(90);
    } finally {
      await other.stop();
    }
  });

  it('waits while its folder cannot be written, and loses nothing', async () => {
    const id = await newSession('ann');
    rmSync(folder, { recursive: true });
    appendFileSync(folder, 'a file where the folder was');
    await say(id, 'one');
    await new Promise((resolve) => setTimeout(resolve, 600));
    rmSync(folder);
    await until('it is written', async () => (await replayed().catch(() => [])).length === 1);
  });
});

describe('a file archive', () => {
  it('begins another file when one is full, and forgets a user in all of them', async () => {
    const archive = new FileArchive(folder, 400);
    await archive.open(0);
    const record = (userId: string, number: number): ArchiveRecord => ({
      ...{ tenant: 't', sessionId: `s-${userId}`, born: 1, number, kind: 'message', seq: number, at: number, userId },
      body: { text: `words of ${userId}` },
    });
    for (let number = 1; number <= 6; number++) await archive.write([record('ann', number), record('bob', number)]);
    expect(files().length).toBeGreaterThan(2);
    expect(await archive.erase('t', 'ann')).toBe(6);
    expect(text()).not.toContain('words of ann');
    expect((await replayed()).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await archive.erase('other', 'bob')).toBe(0);
    expect(await archive.erase('t', 'bob')).toBe(6);
    expect(files()).toEqual([]);
    await archive.close();
  });

  it('tells what came after a failover that had lost some changes from what is written twice', async () => {
    const archive = new FileArchive(folder);
    await archive.open(0);
    const record = (number: number, at: number, word: string): ArchiveRecord => ({
      ...{ tenant: 't', sessionId: 's', born: 1, number, kind: 'message', seq: number, at, userId: '' },
      body: { word },
    });
    await archive.write([record(1, 10, 'a'), record(2, 20, 'lost'), record(1, 10, 'a'), record(2, 30, 'b')]);
    await archive.close();
    expect((await replayed()).map(({ body }) => body['word'])).toEqual(['a', 'lost', 'b']);
  });
});
