import { describe, expect, it } from '@jest/globals';
import { send, sendAndAbandon, sendAndHangUp } from '../larder/http.js';
import { chatBody, eventually, freshPrompt, promptMarker, type CurrentSuite } from '../larder/suite.js';

/** What else goes upstream: other OpenAI paths as they are, and calls whose client went away. */
export function upstreamIsReachedAndFinished(current: CurrentSuite): void {
  describe('pass-through', () => passThrough(current));
  describe('client that hangs up', () => hangingUp(current));
}

function passThrough(current: CurrentSuite): void {
  const authorized = () => ({ authorization: `Bearer ${current().larder.key}` });

  it('passes JSON through untouched, with its own upstream key', async () => {
    const { larder, upstream } = current();
    const text = `{ "input":  "${freshPrompt()}", "model":"stand-in-moderation", "n": 1.0 }`;
    const reply = await send(`${larder.url}/v1/moderations?mode=full`, {
      body: text,
      headers: { ...authorized(), 'x-custom': 'kept' },
    });
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({ results: [{ flagged: false }] });
    expect(reply.headers['x-request-id']).toBeDefined();
    const call = upstream.calls.find((each) => each.text === text);
    expect(call).toMatchObject({ method: 'POST', path: '/v1/moderations?mode=full' });
    expect(call!.headers.authorization).toBe(`Bearer ${upstream.apiKey}`);
  });

  it('passes uploads through that are no JSON', async () => {
    const { larder, upstream } = current();
    const boundary = 'larder-boundary';
    const body = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n${freshPrompt()}\r\n--${boundary}--\r\n`;
    const type = `multipart/form-data; boundary=${boundary}`;
    const reply = await send(`${larder.url}/v1/audio/transcriptions`, {
      body,
      headers: { ...authorized(), 'content-type': type },
    });
    expect(reply.json()).toEqual({ text: `received ${body.length} characters` });
    expect(upstream.calls.find((each) => each.text === body)!.headers['content-type']).toBe(type);
  });

  it('passes an upstream refusal through as it is', async () => {
    const { larder } = current();
    const reply = await send(`${larder.url}/v1/assistants`, { headers: authorized() });
    expect(reply.status).toBe(404);
    expect(reply.json()).toMatchObject({ error: { message: 'no such path' } });
  });

  it('lists the models of upstream', async () => {
    const { larder } = current();
    const reply = await send(`${larder.url}/v1/models`, { headers: authorized() });
    expect(reply.json()).toMatchObject({ object: 'list' });
    expect(reply.json<{ data: { id: string }[] }>().data.map((model) => model.id)).toContain('stand-in');
  });
}

function hangingUp(current: CurrentSuite): void {
  const onlyCached = { 'cache-control': 'only-if-cached' };

  it.each([true, false])('has its call finished and cached (streamed: %s)', async (stream) => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ chunkDelayMs: 100, delayMs: stream ? 0 : 1_500 });
    const body = chatBody(freshPrompt(), { model, stream });
    const request = { body, headers: { authorization: `Bearer ${larder.key}` } };
    const called = eventually(() => expect(upstream.chatCalls({ model })).toHaveLength(1));
    const url = `${larder.url}/v1/chat/completions`;
    if (stream) expect(await sendAndHangUp(url, request)).toContain('data: ');
    else await sendAndAbandon(url, request, called);
    await eventually(async () => {
      expect(upstream.chatCalls({ model })[0]!.state).toBe('answered');
      expect((await larder.chat(body, onlyCached)).status).toBe(200);
    });
    expect(upstream.chatCalls({ model })).toHaveLength(1);
    expect(larder.log()).not.toContain(promptMarker);
  });
  it('is no fault: what was asked for it alone ends without a line in the log', async () => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ silent: true });
    const body = Buffer.from(
      JSON.stringify(chatBody(freshPrompt(), { model })).replace('{', '{"seed":9007199254740993,'),
    );
    const called = eventually(() => expect(upstream.chatCalls({ model })).toHaveLength(1));
    const headers = { authorization: `Bearer ${larder.key}`, 'x-request-id': model };
    await sendAndAbandon(`${larder.url}/v1/chat/completions`, { body, headers }, called);
    await eventually(() => expect(upstream.chatCalls({ model })[0]!.state).toBe('aborted'));
    expect(larder.log()).not.toContain(model);
  });
}
