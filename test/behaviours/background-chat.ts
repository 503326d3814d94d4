import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectOpenAiError, expectProblem } from '../larder/error-shapes.js';
import { send, type Reply, type SendOptions } from '../larder/http.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly repeated?: boolean;
  readonly result: { readonly response?: object; readonly text?: string } | null;
}

/** `Prefer: respond-async`, and who may do and see what in the background. */
export function chatsAreAnsweredInTheBackground(current: CurrentSuite): void {
  describe('chat in the background', () => {
    let key: string;
    const bearer = (of: string, more: object = {}) => ({ authorization: `Bearer ${of}`, ...more });
    const prefer = (more: object = {}) => ({ ...bearer(key), prefer: 'respond-async', ...more });
    const worker = (path: string, options: SendOptions = {}): Promise<Reply> =>
      send(`${current().larder.urlOf('worker')}${path}`, { ...options, headers: bearer(key, options.headers) });
    const ended = (path: string): Promise<Job> =>
      eventually(async () => {
        const job = (await worker(path)).json<Job>();
        expect(['succeeded', 'failed', 'dead', 'cancelled']).toContain(job.status);
        return job;
      }, 60_000);

    beforeAll(async () => {
      key = (await current().larder.createKey({ roles: ['chat', 'jobs', 'sessions'] })).key;
    });

    it('is accepted with a place to look, keeps to the cache, and is one job for one Idempotency-Key', async () => {
      const { larder, upstream } = current();
      const body = chatBody();
      const headers = prefer({ 'idempotency-key': randomUUID() });
      const accepted = await larder.chat(body, headers);
      expect(accepted.status).toBe(202);
      expect(accepted.headers['preference-applied']).toBe('respond-async');
      const { id, status, repeated } = accepted.json<Job>();
      expect([accepted.headers['location'], status, repeated]).toEqual([`/v1/jobs/${id}`, 'waiting', false]);
      expect((await larder.chat(body, headers)).json()).toMatchObject({ id, repeated: true });
      const job = await ended(accepted.headers['location']!);
      expect(job.result).toMatchObject({ cache: 'miss', response: { object: 'chat.completion' } });
      expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(1);
      const now = await larder.chat(body, bearer(key));
      expect(now.headers['x-larder-cache']).toBe('hit-exact');
    });

    it('belongs to its session and user, whose conversation can be summarised', async () => {
      const { larder } = current();
      const sessions = larder.urlOf('session');
      const as = bearer(key, { 'x-larder-user': 'ann' });
      const made = await send(`${sessions}/v1/sessions`, { body: { userId: 'ann' }, headers: as });
      const session = made.json<{ id: string }>().id;
      const turn = prefer({ 'x-larder-session': session, 'x-larder-user': 'ann' });
      const accepted = await larder.chat(chatBody(freshPrompt('the castles of Bavaria')), turn);
      expect(accepted.status).toBe(202);
      expect(await ended(accepted.headers['location']!)).toMatchObject({ status: 'succeeded' });
      const history = await send(`${sessions}/v1/sessions/${session}/messages`, { headers: as });
      expect(history.json<{ data: { role: string }[] }>().data.map(({ role }) => role)).toEqual(['user', 'assistant']);
      const order = { kind: 'session-summary', payload: { sessionId: session }, userId: 'ann' };
      const summary = (await worker('/v1/jobs', { body: order })).json<Job>();
      expect((await ended(`/v1/jobs/${summary.id}`)).result).toMatchObject({
        to: 2,
        messages: 2,
        text: expect.stringContaining('castles of Bavaria'),
      });
      const strangers = (await worker('/v1/jobs', { body: { ...order, userId: 'bob' } })).json<Job>();
      expect(await ended(`/v1/jobs/${strangers.id}`)).toMatchObject({ error: { code: 'session_not_found' } });
    });

    it('is refused clearly where a job cannot do what is asked', async () => {
      const { larder } = current();
      const streamed = await larder.chat(chatBody(freshPrompt(), { stream: true }), prefer());
      expect(expectOpenAiError(streamed, 400)).toMatchObject({ param: 'stream' });
      const cached = await larder.chat(chatBody(), prefer({ 'cache-control': 'only-if-cached' }));
      expect(expectOpenAiError(cached, 400)).toMatchObject({ param: 'cache-control' });
      expectOpenAiError(await larder.chat({ model: 'stand-in' }, prefer()), 400);
      const { key: chatOnly } = await larder.createKey({ roles: ['chat'] });
      expectOpenAiError(await larder.chat(chatBody(), prefer(bearer(chatOnly))), 403);
    });

    it('shows a key that is pinned to a user that user’s jobs alone', async () => {
      const { larder } = current();
      const roles = ['chat', 'jobs'];
      const ann = await larder.createKey({ roles, userId: 'pinned-ann' });
      const bob = await larder.createKey({ roles, userId: 'pinned-bob' });
      const body = { kind: 'chat', payload: { body: chatBody() }, userId: 'pinned-bob', delayMs: 600_000 };
      const job = (await worker('/v1/jobs', { body, headers: bearer(ann.key) })).json<Job>();
      const path = `/v1/jobs/${job.id}`;
      expect((await worker(path, { headers: bearer(ann.key) })).status).toBe(200);
      for (const method of ['GET', 'DELETE']) {
        expectProblem(await worker(path, { method, headers: bearer(bob.key) }), 404);
      }
      const listed = async (of: string) =>
        (await worker('/v1/jobs?limit=100', { headers: bearer(of) })).json<{ data: Job[] }>().data.map(({ id }) => id);
      expect(await listed(ann.key)).toEqual([job.id]);
      expect(await listed(bob.key)).toEqual([]);
      expect(await listed(key)).toContain(job.id);
      expect((await worker(path, { method: 'DELETE', headers: bearer(ann.key) })).status).toBe(200);
    });
  });
}
