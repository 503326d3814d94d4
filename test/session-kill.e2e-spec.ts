import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FileArchive } from '../apps/session/src/archive/file-archive.js';
import { LarderProcess } from './larder/larder-process.js';
import { send } from './larder/http.js';
import { startRedis, until, type RunningRedis } from './redis/index.js';

jest.setTimeout(120_000);

let redis: RunningRedis;
let folder: string;
let replicas: LarderProcess[];

beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'larder-archive-'));
  const env = { REDIS_URL: redis.url, LARDER_ARCHIVE_DIR: folder };
  replicas = await Promise.all([LarderProcess.spawn('session', env), LarderProcess.spawn('session', env)]);
  await Promise.all(replicas.map((each) => each.untilReady()));
});

afterAll(async () => {
  await Promise.all(replicas.map((each) => each.kill()));
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Kept {
  readonly id: string;
  readonly seq: number;
}

describe('a session service that is killed under load', () => {
  it('loses no acknowledged message, keeps none twice, and archives each once', async () => {
    const url = (replica: number, path: string) => `${replicas[replica]!.url}/v1/sessions${path}`;
    const { id } = (await send(url(0, ''), { body: { userId: 'ann' } })).json<{ id: string }>();
    const acknowledged = new Set<string>();
    let isOver = false;
    const append = async (messageId: string): Promise<void> => {
      const body = { messages: [{ id: messageId, role: 'user', content: `says ${messageId}` }] };
      for (let attempt = 0; !acknowledged.has(messageId); attempt++) {
        const reply = await send(url(attempt % 2, `/${id}/messages`), { body }).catch(() => undefined);
        if (reply?.status === 201) acknowledged.add(messageId);
      }
    };
    const writers = Array.from({ length: 10 }, async (_, writer) => {
      for (let index = 0; !isOver; index++) await append(`w${writer}.${index}`);
    });
    await until('messages to lose', () => acknowledged.size > 100, 60_000);
    await replicas[0]!.kill();
    const before = acknowledged.size;
    await until('messages after the kill', () => acknowledged.size > before + 100, 60_000);
    isOver = true;
    await Promise.all(writers);

    const { text } = await send(url(1, `/${id}/export`));
    const kept = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Kept);
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, index) => index + 1));
    expect(new Set(kept.map((message) => message.id))).toEqual(acknowledged);
    expect(kept).toHaveLength(acknowledged.size);

    const archived = async (): Promise<number[]> => {
      const seqs: number[] = [];
      for await (const { sessionId, seq } of new FileArchive(folder).records()) if (sessionId === id) seqs.push(seq);
      return seqs;
    };
    // The lease of the one that was killed must run out first.
    await until('the archive to have them', async () => (await archived()).length >= kept.length, 60_000);
    expect(await archived()).toEqual(kept.map(({ seq }) => seq));
  });
});
