import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { everythingStored } from '../larder/leaks.js';
import { send } from '../larder/http.js';
import { OwnSession } from '../larder/own-session.js';
import { eventually, promptMarker, type CurrentSuite, type Suite } from '../larder/suite.js';

/** Where a text stands, of all that is stored: keys of Redis, and files of the archive. */
async function placesOf(text: string, { redisUrl, archiveDir }: Suite): Promise<string[]> {
  const pairs = await everythingStored(redisUrl);
  const keys = pairs.filter(({ key, value }) => key.includes(text) || value.includes(text)).map(({ key }) => key);
  const files: string[] = [];
  for (const name of await readdir(archiveDir)) {
    if ((await readFile(join(archiveDir, name), 'utf8')).includes(text)) files.push(name);
  }
  return [...keys, ...files];
}

interface Receipt {
  readonly erasureId: string;
  readonly status: string;
  readonly removed: Readonly<Record<string, number>>;
  readonly leftForSeconds: number;
}

/** A user who is to be forgotten is: in every service, in Redis and in files. */
export function usersAreForgotten(current: CurrentSuite): void {
  describe('an erased user', () => {
    it('leaves no byte of what they said or were told, and nobody else loses any', async () => {
      const [ann, bob] = await Promise.all([talkedWith(current, 'ann'), talkedWith(current, 'bob')]);
      await eventually(async () => {
        const places = await placesOf(ann.secret, current());
        for (const part of [':session:', ':idempotency:', ':entry:', '.jsonl']) {
          expect(places.filter((place) => place.includes(part))).not.toEqual([]);
        }
      });
      const receipt = await erase(current, ann);
      expect(receipt.removed).toMatchObject({ sessions: 1, messages: 2, idempotentAnswers: 1 });
      // What flights brought expires by itself within seconds.
      expect(receipt.leftForSeconds).toBe(30);
      await eventually(async () => expect(await placesOf(ann.secret, current())).toEqual([]), 60_000);
      expect(await ann.session.chat({ role: 'user', content: 'Still there?' }, {}, ann.headers)).toMatchObject({
        status: 404,
      });
      expect((await placesOf(bob.secret, current())).length).toBeGreaterThan(3);
      expect(await bob.session.messages(bob.headers)).toHaveLength(2);
    });
  });
}

type Talked = Awaited<ReturnType<typeof talkedWith>>;

/** A user with a session, a repeatable answer, and answers in the cache; `secret` is in all of them. */
async function talkedWith(current: CurrentSuite, name: string) {
  const secret = `${promptMarker}-${randomUUID()}`;
  const userId = `${name}-${randomUUID()}@example.com`;
  const session = await OwnSession.begin(current, { userId });
  const headers = { 'x-larder-user': userId };
  const model = current().upstream.newModel({ content: `You told me of ${secret}.` });
  const order = { role: 'user', content: `What is in my order ${secret}?` };
  const { authorization } = session.headers;
  const repeatable = { ...headers, authorization: authorization!, 'idempotency-key': randomUUID() };
  const replies = [
    await session.chat({ role: 'user', content: `Explain the word ${secret}.` }, { model }, headers),
    await current().larder.chat({ model, messages: [order] }, repeatable),
  ];
  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  return { secret, userId, session, headers };
}

async function erase(current: CurrentSuite, { userId, session, headers }: Talked): Promise<Receipt> {
  const path = `${current().larder.urlOf('session')}/v1/users/${encodeURIComponent(userId)}/erase`;
  const options = { headers: { ...session.headers, ...headers } };
  const { erasureId } = (await send(path, { ...options, method: 'POST' })).json<Receipt>();
  return eventually(async () => {
    const receipt = (await send(`${path}/${erasureId}`, options)).json<Receipt>();
    expect(receipt.status).toBe('final');
    return receipt;
  }, 60_000);
}
