import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { userErasureDone, type ErasingService } from '#contracts';
import { EventPublisher } from '#redis-streams';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions } from '../../../../test/session/session-app.js';

jest.setTimeout(120_000);

let redis: RunningRedis;
let client: Redis;
let folder: string;
let sessions: RunningSessions;

const secretText = 'the-words-of-ann';

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  // A compressed text would not be found.
  await client.config('SET', 'rdbcompression', 'no');
  folder = mkdtempSync(join(tmpdir(), 'larder-archive-'));
  sessions = await startSessionApp(redis.url, { env: { archiveDir: folder } });
});

afterAll(async () => {
  await sessions.stop();
  client.disconnect();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

const files = () =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');

/** Everything that Redis holds, whatever its type. */
async function dumped(): Promise<string> {
  const keys = await client.keys('*');
  const dumps = await Promise.all(keys.map((name) => client.dumpBuffer(name)));
  return [...keys, ...dumps.map((dump) => dump?.toString('latin1') ?? '')].join('\n');
}

async function talk(userId: string, text: string): Promise<string> {
  const id = (await sessions.call('POST', '/v1/sessions', { userId, metadata: { about: text } })).body['id'] as string;
  const messages = [{ id: 'm1', role: 'user', content: text, metadata: { note: text } }];
  await sessions.call('POST', `/v1/sessions/${id}/messages`, { messages });
  await sessions.call('PATCH', `/v1/sessions/${id}/messages/m1`, {
    content: `${text} again`,
    reactions: { [text]: 1 },
  });
  return id;
}

/** The services that are not there in this test. */
async function answer(erasureId: string, services: readonly ErasingService[]): Promise<void> {
  const events = sessions.app.get(EventPublisher, { strict: false });
  for (const service of services) {
    const left = service === 'cache' ? { leftForSeconds: 30 } : {};
    const done = { erasureId, tenant: 'default', service, removed: { entries: 2 }, ...left };
    await events.publish(userErasureDone, done, { tenant: 'default' });
  }
}

describe('the erasure of a user', () => {
  it('leaves no byte of theirs, and a receipt that is final when every service has answered', async () => {
    const anns = await talk('ann', secretText);
    await sessions.call('POST', `/v1/sessions/${anns}/fork`, {});
    await sessions.call('PUT', '/v1/users/ann/preferences', { motto: secretText });
    const gone = await talk('ann', secretText);
    const bobs = await talk('bob', 'the words of bob');
    await until('it is archived', () => files().includes(secretText));
    // What was deleted a moment ago may still wait for the archive.
    await sessions.call('DELETE', `/v1/sessions/${gone}`);
    expect(await dumped()).toContain(secretText);
    // As when a process was killed between an append and its listing.
    await client.del(await client.keys('*:user:*:sessions'));

    const asked = await sessions.call('POST', '/v1/users/ann/erase');
    expect(asked).toMatchObject({ status: 202, body: { status: 'pending', finishedAt: null } });
    const erasureId = asked.body['erasureId'] as string;
    const path = `/v1/users/ann/erase/${erasureId}`;
    const receipt = async () => (await sessions.call('GET', path)).body;
    await until('the service itself has answered', async () => {
      const { services } = (await receipt()) as { services: Record<string, unknown> };
      return services['session'] !== null;
    });
    await answer(erasureId, ['cache', 'gateway', 'worker', 'cache']);
    await until('the receipt is final', async () => (await receipt())['status'] === 'final');
    expect(await receipt()).toMatchObject({
      removed: { sessions: 2, messages: 2, preferences: 1, entries: 6 },
      leftForSeconds: 30,
      services: { cache: { removed: { entries: 2 }, leftForSeconds: 30 }, session: { removed: { sessions: 2 } } },
    });
    expect(await dumped()).not.toContain(secretText);
    expect(files()).not.toContain(secretText);
    expect(files()).toContain('the words of bob');
    expect((await sessions.call('GET', `/v1/sessions/${bobs}/messages`)).body['data']).toHaveLength(1);
    expect((await sessions.call('GET', `/v1/sessions/${anns}`)).status).toBe(404);
    expect((await sessions.call('GET', `/v1/users/bob/erase/${erasureId}`)).status).toBe(404);
  });

  it('of somebody unknown removes nothing', async () => {
    const { body } = await sessions.call('POST', '/v1/users/nobody@example.org/erase');
    expect(body).toMatchObject({ removed: { sessions: 0, messages: 0, archiveLines: 0 } });
    expect((await sessions.call('POST', '/v1/users/ann/erase', undefined, { 'x-larder-user': 'bob' })).status).toBe(
      404,
    );
  });
});
