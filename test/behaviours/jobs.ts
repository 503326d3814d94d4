import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { expectProblem } from '../larder/error-shapes.js';
import { send, type Reply, type SendOptions } from '../larder/http.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';
import { followChannel } from '../worker/follow-channel.js';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly progress: unknown;
  readonly result: unknown;
  readonly error: { readonly code: string } | null;
}

/** Work in the background, webhooks and channels: through the services that do them, on the real queue. */
export function backgroundWorkIsDone(current: CurrentSuite): void {
  describe('background work', () => {
    let key: string;
    const call = (path: string, options: SendOptions = {}): Promise<Reply> => {
      const headers = { authorization: `Bearer ${key}`, ...options.headers };
      return send(`${current().larder.urlOf('worker')}${path}`, { ...options, headers });
    };
    const submit = async (order: object, headers: Record<string, string> = {}): Promise<string> => {
      const reply = await call('/v1/jobs', { body: order, headers });
      expect(reply.status).toBe(202);
      return reply.json<Job>().id;
    };
    const ended = (id: string): Promise<Job> =>
      eventually(async () => {
        const job = (await call(`/v1/jobs/${id}`)).json<Job>();
        expect(['succeeded', 'failed', 'dead', 'cancelled']).toContain(job.status);
        return job;
      }, 60_000);
    const lines = async (id: string) =>
      (await call(`/v1/jobs/${id}/output`)).text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);

    beforeAll(async () => {
      key = (await current().larder.createKey({ roles: ['chat', 'jobs', 'channels', 'cache:write'] })).key;
    });

    it('asks a model, once for the same Idempotency-Key', async () => {
      const { upstream } = current();
      const prompt = freshPrompt('a job');
      const order = { kind: 'chat', payload: { body: chatBody(prompt) } };
      const id = await submit(order, { 'idempotency-key': prompt });
      expect(await submit(order, { 'idempotency-key': prompt })).toBe(id);
      const { status, result } = await ended(id);
      expect(status).toBe('succeeded');
      expect(result).toMatchObject({ cache: 'miss', response: { object: 'chat.completion' } });
      expect(upstream.chatCalls({ containing: prompt })).toHaveLength(1);
      const other = { ...order, payload: { body: chatBody() } };
      expectProblem(await call('/v1/jobs', { body: other, headers: { 'idempotency-key': prompt } }), 409);
    });

    it('answers a batch in the form of OpenAI, line by line, faults and all', async () => {
      const prompts = [freshPrompt(), freshPrompt(), freshPrompt()];
      const requests = prompts.map((prompt, at) => ({
        custom_id: `line-${at}`,
        method: 'POST',
        url: '/v1/chat/completions',
        body: chatBody(prompt),
      }));
      const input = [...requests.map((request) => JSON.stringify(request)), '{"custom_id": "bad"'].join('\n');
      const id = await submit({ kind: 'chat-batch', payload: { input } });
      expect((await ended(id)).result).toEqual({ total: 4, succeeded: 3, failed: 1 });
      const output = await lines(id);
      expect(output.map((line) => line['custom_id'])).toEqual(['line-0', 'line-1', 'line-2', null]);
      expect(output[0]).toMatchObject({
        response: { status_code: 200, body: { object: 'chat.completion' } },
        error: null,
      });
      expect(output[3]).toMatchObject({ response: null, error: { code: 'invalid_line' } });
    });

    it('warms a cache, so that whoever asks later gets a hit', async () => {
      const { larder } = current();
      const prompts = [freshPrompt(), freshPrompt()];
      const warmed = await send(`${larder.cacheUrl}/v1/caches/default/warm`, {
        body: { model: 'stand-in', prompts },
        headers: { authorization: `Bearer ${key}` },
      });
      expect(warmed.status).toBe(202);
      expect((await ended(warmed.json<Job>().id)).result).toEqual({ total: 2, succeeded: 2, failed: 0 });
      for (const prompt of prompts) {
        expect((await larder.chat(chatBody(prompt))).headers['x-larder-cache']).toBe('hit-exact');
      }
    });

    it('embeds documents by chunks', async () => {
      const documents = [
        { id: 'long', text: 'A sentence of some words. '.repeat(20) },
        { id: 'short', text: 'One.' },
      ];
      const id = await submit({
        kind: 'embed-documents',
        payload: { model: 'stand-in-embedder', documents, chunkSize: 200 },
      });
      expect((await ended(id)).status).toBe('succeeded');
      const output = await lines(id);
      expect(output.at(-1)).toMatchObject({ id: 'short', chunk: 0, text: 'One.', embedding: expect.any(Array) });
      expect(output.filter((line) => line['id'] === 'long').length).toBeGreaterThan(2);
    });

    it('shows no job to another tenant, and says what is wrong with an order', async () => {
      const { larder } = current();
      const id = await submit({ kind: 'chat', payload: { body: chatBody() } });
      await larder.createTenant('job-neighbour').catch(() => undefined);
      const other = await larder.createKey({ tenant: 'job-neighbour', roles: ['jobs'] });
      const stranger = { headers: { authorization: `Bearer ${other.key}` } };
      expectProblem(await call(`/v1/jobs/${id}`, stranger), 404);
      expectProblem(await call(`/v1/jobs/${id}/output`, stranger), 404);
      for (const order of [
        { kind: 'unheard-of', payload: {} },
        { kind: 'chat', payload: {} },
        { kind: 'chat', payload: { body: chatBody() }, delayMs: -1 },
        { kind: 'chat', payload: { body: chatBody() }, unknown: 1 },
      ])
        expectProblem(await call('/v1/jobs', { body: order }), 400);
      await ended(id);
    });

    webhooksTell(submit, ended, call);

    it('carries messages between agents', async () => {
      const url = current().larder.urlOf('worker');
      const channel = `c${freshPrompt().slice(-12)}`;
      const follower = await followChannel(url, channel, { headers: { authorization: `Bearer ${key}` } });
      for (const step of [1, 2, 3]) await call(`/v1/channels/${channel}/messages`, { body: { data: { step } } });
      await eventually(() =>
        expect(follower.messages.map(({ data }) => data)).toEqual([{ step: 1 }, { step: 2 }, { step: 3 }]),
      );
      follower.leave();
    });
  });
}

function webhooksTell(
  submit: (order: object) => Promise<string>,
  ended: (id: string) => Promise<Job>,
  call: (path: string) => Promise<Reply>,
): void {
  describe('webhooks', () => {
    let receiver: Server;
    const received: { body: string; headers: Record<string, string> }[] = [];

    beforeAll(async () => {
      receiver = createServer((request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => {
          received.push({ body, headers: request.headers as Record<string, string> });
          response.writeHead(204).end();
        });
      }).listen(0, '127.0.0.1');
      await once(receiver, 'listening');
    });

    afterAll(() => {
      receiver.closeAllConnections();
      receiver.close();
    });

    it('tell of the end of a job, signed', async () => {
      const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
      const id = await submit({ kind: 'chat', payload: { body: chatBody() }, webhook });
      await ended(id);
      await eventually(() => expect(received).toHaveLength(1), 60_000);
      const { secret } = (await call('/v1/webhooks/default/secret')).json<{ secret: string }>();
      const [{ body, headers }] = received as [{ body: string; headers: Record<string, string> }];
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'job.succeeded', data: { id } });
    });
  });
}
