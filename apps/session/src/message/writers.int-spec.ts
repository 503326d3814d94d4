import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, startSentinel, until } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions } from '../../../../test/session/session-app.js';

jest.setTimeout(120_000);

const ending: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function replicas(redisUrl: string, count: number): Promise<RunningSessions[]> {
  const first = await startSessionApp(redisUrl);
  const others = Array.from({ length: count - 1 }, () => startSessionApp(redisUrl, { keyPrefix: first.keyPrefix }));
  const all = [first, ...(await Promise.all(others))];
  ending.push(async () => void (await Promise.all(all.map((each) => each.stop()))));
  return all;
}

/** A session with one message in it: every replica has loaded its tokenizers then. */
async function newSession(sessions: readonly RunningSessions[]): Promise<string> {
  const id = (await sessions[0]!.call('POST', '/v1/sessions', {})).body['id'] as string;
  for (const replica of sessions) await new Writer([replica], id, `first-${sessions.indexOf(replica)}`).write(1);
  return id;
}

interface Kept {
  readonly id: string;
  readonly seq: number;
  readonly content: string;
}

async function history(sessions: RunningSessions, id: string): Promise<Kept[]> {
  const { text } = await sessions.call('GET', `/v1/sessions/${id}/export`);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Kept);
}

/** Appends one message after the other, each until it is acknowledged, and notes when that was. */
class Writer {
  readonly acknowledged = new Map<string, number>();

  constructor(
    private readonly sessions: readonly RunningSessions[],
    private readonly session: string,
    private readonly name: string,
  ) {}

  async write(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.append(`${this.name}.${index}`);
  }

  async writeUntil(isOver: () => boolean): Promise<void> {
    for (let index = 0; !isOver(); index++) await this.append(`${this.name}.${index}`);
  }

  private async append(id: string): Promise<void> {
    const messages = [{ id, role: 'user', content: id }];
    for (let attempt = 0; !this.acknowledged.has(id); attempt++) {
      const replica = this.sessions[(attempt + this.acknowledged.size) % this.sessions.length]!;
      const reply = await replica.call('POST', `/v1/sessions/${this.session}/messages`, { messages });
      if (reply.status === 201) this.acknowledged.set(id, Date.now());
      else if (reply.status !== 503) throw new Error(`${reply.status}: ${reply.text}`);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** @returns when each acknowledged message that is not there was acknowledged */
async function lost(sessions: RunningSessions, id: string, writers: readonly Writer[]): Promise<number[]> {
  const kept = await history(sessions, id);
  expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, index) => index + 1));
  const ids = kept.map((message) => message.id);
  expect(new Set(ids).size).toBe(ids.length);
  const there = new Set(ids);
  return writers.flatMap(({ acknowledged }) => [...acknowledged].filter(([id]) => !there.has(id)).map(([, at]) => at));
}

describe('writers on one session', () => {
  it('of which there are fifty, over two replicas, lose nothing and leave no gap; their retries add nothing', async () => {
    const redis = await startRedis();
    ending.push(() => redis.stop());
    const sessions = await replicas(redis.url, 2);
    const id = await newSession(sessions);
    const writers = Array.from({ length: 50 }, (_, index) => new Writer(sessions, id, `w${index}`));
    await Promise.all(writers.map((writer) => writer.write(3)));
    // Once more, as if no answer had come.
    const again = Array.from({ length: 50 }, (_, index) => new Writer(sessions, id, `w${index}`));
    await Promise.all(again.map((writer) => writer.write(1)));
    expect(await lost(sessions[0]!, id, writers)).toEqual([]);
    const kept = await history(sessions[1]!, id);
    expect(kept).toHaveLength(152);
    for (let index = 0; index < 50; index++) {
      const own = kept.filter((message) => message.id.startsWith(`w${index}.`)).map((message) => message.content);
      expect(own).toEqual([0, 1, 2].map((number) => `w${index}.${number}`));
    }
  });

  it.each(['everysec', 'always'])(
    'lose nothing when Redis is killed and starts anew (appendfsync %s)',
    async (fsync) => {
      const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', fsync] });
      ending.push(() => redis.stop());
      const sessions = await replicas(redis.url, 1);
      const id = (await sessions[0]!.call('POST', '/v1/sessions', {})).body['id'] as string;
      let isOver = false;
      const writers = Array.from({ length: 10 }, (_, index) => new Writer(sessions, id, `w${index}`));
      const writing = Promise.all(writers.map((writer) => writer.writeUntil(() => isOver)));
      const count = () => writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
      await until('messages to lose', () => count() > 50, 60_000);
      await redis.restart();
      const before = count();
      await until('messages after the kill', () => count() > before + 20, 60_000);
      isOver = true;
      await writing;
      expect(await lost(sessions[0]!, id, writers)).toEqual([]);
    },
  );

  it('lose no more than the last second before a failover', async () => {
    const sentinel = await startSentinel();
    ending.push(() => sentinel.stop());
    const sessions = await replicas(sentinel.url, 1);
    const id = await newSession(sessions);
    const master = new Redis(sentinel.port);
    await master.wait(1, 30_000);
    master.disconnect();
    let isOver = false;
    const writers = Array.from({ length: 10 }, (_, index) => new Writer(sessions, id, `w${index}`));
    const writing = Promise.all(writers.map((writer) => writer.writeUntil(() => isOver)));
    const count = () => writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    await until('messages to lose', () => count() > 50, 60_000);
    const killedAt = Date.now();
    sentinel.signal('SIGKILL');
    const before = count();
    await until('messages after the failover', () => count() > before + 20, 60_000);
    isOver = true;
    await writing;
    const times = await lost(sessions[0]!, id, writers);
    for (const at of times) expect(at).toBeGreaterThan(killedAt - 1_000);
  });
});
