import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceError, type ChatMessage } from '#contracts';
import { Metrics, ServiceEnv, type Log } from '#service';
import { completion, hit, requestFor, ScriptedPath } from '../../../../test/gateway/scripted-path.js';
import { ScriptedSession } from '../../../../test/gateway/scripted-session.js';
import type { CompletionRequest } from '../completion/completion-request.js';
import type { Answer } from '../completion/outcome.js';
import { responsesDialect } from '../responses/responses-dialect.js';
import { ConversationService } from './conversation.service.js';
import { readSessionControls } from './session-controls.js';
import { SessionUnavailableError } from './session.client.js';
import { TurnStartService } from './turn-start.service.js';

let path: ScriptedPath;
let session: ScriptedSession;
let conversations: ConversationService;

const user = (content: string) => ({ role: 'user', content });
const said = (content: string) => ({ role: 'assistant', content });
const system = { role: 'system', content: 'Be brief.' };

beforeEach(() => {
  path = new ScriptedPath();
  session = new ScriptedSession();
  const env = Object.assign(new ServiceEnv(), { sessionWaitMs: 20 });
  const log = { warn: (message: string) => path.warnings.push(message) } as unknown as Log;
  const starts = new TurnStartService(session.client, env);
  conversations = new ConversationService(path.service, starts, session.client, log, new Metrics());
});

function inSession(more: object = {}, headers: Record<string, string> = {}): CompletionRequest {
  const named = { 'x-larder-session': 's1', ...headers };
  return { ...requestFor(named, more), session: readSessionControls(named)! };
}

const ask = (...args: Parameters<typeof inSession>): Promise<Answer> => conversations.complete(inSession(...args));
const sent = (at = -1) => (JSON.parse(path.asked.at(at) ?? '{}') as { messages: unknown[] }).messages;
const code = (answer: Answer) => (JSON.parse(answer.body as string) as { error: { code: string } }).error.code;

async function textOf(answer: Answer): Promise<string> {
  if (typeof answer.body === 'string') return answer.body;
  let text = '';
  for await (const frame of answer.body) text += frame;
  return text;
}

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const eventStream = { 'content-type': 'text/event-stream' };

describe('a question in a session', () => {
  it('is asked with what was said before, and both sides are kept', async () => {
    await ask({ messages: [system, user('first')] });
    const answer = await ask({ messages: [user('second')] });
    expect(sent()).toEqual([system, user('first'), said('hello'), user('second')]);
    expect(session.messages).toEqual([system, user('first'), said('hello'), user('second'), said('hello')]);
    expect(answer.headers['x-larder-session-context']).toBe('kept=3; summarised=0; dropped=0; tokens=7');
    expect(session.holder).toBeUndefined();
  });

  it('does not repeat a system message that the history holds', async () => {
    await ask({ messages: [system, user('first')] });
    await ask({ messages: [system, user('second')] });
    expect(sent()).toEqual([system, user('first'), said('hello'), user('second')]);
  });

  it('says again what was in force before another system message', async () => {
    const other = { role: 'system', content: 'Be thorough.' };
    for (const first of [system, other, other, system]) await ask({ messages: [first, user('and now?')] });
    expect(session.messages.filter(({ role }) => role === 'system')).toEqual([system, other, system]);
    await ask({ messages: [other, system, user('both')] });
    await ask({ messages: [other, system, user('both')] });
    expect(session.messages.filter(({ role }) => role === 'system')).toEqual([system, other, system]);
  });

  it('has a key of its own: the history is part of the frame', async () => {
    await ask({ messages: [user('again')] });
    await ask({ messages: [user('again')] });
    const [first, second] = path.lookUps;
    expect(first!.exactKey).not.toBe(second!.exactKey);
    expect(first!.frame).not.toBe(second!.frame);
  });

  it('is kept when the cache answers, plain or streamed', async () => {
    path.lookUpReply = hit;
    await ask({ messages: [user('one')] });
    await ask({ messages: [user('two')], stream: true });
    expect(session.messages).toEqual([user('one'), said('hello'), user('two'), said('hello')]);
    expect(path.asked).toEqual([]);
  });

  it('is kept before a stream ends', async () => {
    const text = [chunk({ role: 'assistant', content: 'hel' }), chunk({ content: 'lo' }, 'stop'), 'data: [DONE]\n\n'];
    path.upstreamReply = { status: 200, text: text.join(''), headers: eventStream };
    const answer = await ask({ messages: [user('one')], stream: true });
    expect(await textOf(answer)).toContain('[DONE]');
    expect(session.messages).toEqual([user('one'), said('hello')]);
  });

  it('keeps what had come of a stream that broke off, and says so', async () => {
    const call = { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a' } }] };
    const text = [chunk({ role: 'assistant', content: 'hel' }), chunk(call)];
    path.upstreamReply = { status: 200, text: text.join(''), headers: eventStream };
    const answer = await ask({ messages: [user('one')], stream: true });
    expect(await textOf(answer)).toContain('broke off');
    expect(session.appended).toEqual([[{ message: user('one') }, { message: said('hel'), status: 'interrupted' }]]);
  });

  it('keeps calls of tools and their results in turn, and refuses a result that nobody asked for', async () => {
    const calls = [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }];
    const calling = JSON.parse(completion('tool_calls', null)) as { choices: { message: object }[] };
    Object.assign(calling.choices[0]!.message, { tool_calls: calls });
    path.upstreamReply = { status: 200, text: JSON.stringify(calling) };
    await ask({ messages: [user('weather?')] });
    path.upstreamReply = { status: 200, text: completion() };
    const result = { role: 'tool', tool_call_id: 'c1', content: '12 °C' };
    await expect(ask({ messages: [{ ...result, tool_call_id: 'c2' }] })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await ask({ messages: [result] });
    expect(sent()).toEqual([user('weather?'), { role: 'assistant', content: null, tool_calls: calls }, result]);
    expect(session.messages).toHaveLength(4);
    expect(session.holder).toBeUndefined();
  });

  describe('after calls of tools that nobody answered', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
    const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: '12 °C' });
    const calling = { role: 'assistant', content: null, tool_calls: [call('c1'), call('c2')] };
    const before = (...messages: object[]) => void session.messages.push(...(messages as ChatMessage[]));
    beforeEach(() => before(user('weather?'), calling));

    it('goes on without them: a model refuses calls without results', async () => {
      await ask({ messages: [user('never mind')] });
      expect(sent()).toEqual([user('weather?'), user('never mind')]);
      before(calling, result('c1'));
      await ask({ messages: [user('never mind')] });
      expect(sent().slice(-2)).toEqual([said('hello'), user('never mind')]);
    });

    it('takes the results of all of them, together or one after the other', async () => {
      before(result('c2'));
      await ask({ messages: [result('c1'), user('and now?')] });
      expect(sent()).toEqual([user('weather?'), calling, result('c2'), result('c1'), user('and now?')]);
    });

    it.each([
      ['messages.0', "'c2'", [result('c1')]],
      ['messages.1', "'c2'", [result('c1'), user('go on')]],
      ['messages.1', "'c1', 'c2'", [user('never mind'), calling]],
    ])('refuses at %s when %s are missing', async (param, missing, messages) => {
      const refusal = { code: 'invalid_request', details: { param }, message: expect.stringContaining(missing) };
      await expect(ask({ messages })).rejects.toMatchObject(refusal);
      expect([session.appended, session.holder]).toEqual([[], undefined]);
    });
  });

  it('leaves nothing when upstream refuses or fails, and frees the session', async () => {
    for (const status of [400, 429, 500]) {
      path.upstreamReply = { status, text: '{"error":{}}' };
      expect(await ask()).toMatchObject({ status });
    }
    path.upstreamReply = { status: 200, text: 'data: {"error":{"message":"no"}}\n\n', headers: eventStream };
    expect(await ask({ stream: true })).toMatchObject({ status: 502 });
    await expect(ask({ model: 'nowhere' })).rejects.toThrow(ServiceError);
    await expect(ask({ seed: 2 ** 60 })).rejects.toMatchObject({ code: 'invalid_request' });
    expect([session.appended, session.holder]).toEqual([[], undefined]);
  });

  it('keeps an expired answer that stood in for a failed upstream', async () => {
    path.upstreamReply = { status: 200, text: 'data: {"error":{"message":"no"}}\n\n', headers: eventStream };
    path.staleReply = { ...hit, ttlSeconds: -60 };
    expect(await ask({ messages: [user('one')], stream: true })).toMatchObject({ status: 200 });
    expect(session.messages).toEqual([user('one'), said('hello')]);
  });

  it('that speaks of responses continues what chat began', async () => {
    await ask({ messages: [system, user('first')] });
    const output = [{ type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text: 'yes' }] }];
    path.upstreamReply = { status: 200, text: JSON.stringify({ id: 'r', status: 'completed', output }) };
    const request = inSession();
    const body = { model: 'm', input: 'second' };
    await conversations.complete({ ...request, dialect: responsesDialect, body });
    expect(JSON.parse(path.asked[1]!)).toMatchObject({
      input: [
        { type: 'message', role: 'system', content: 'Be brief.' },
        { type: 'message', role: 'user', content: 'first' },
        { type: 'message', role: 'assistant', content: 'hello' },
        { role: 'user', content: 'second' },
      ],
    });
    expect(session.messages.slice(-2)).toEqual([user('second'), said('yes')]);
  });
});

describe('a client that leaves', () => {
  it('in a stream: what it may have read is kept at once, though upstream is heard out', async () => {
    const client = new AbortController();
    let goOn = (): void => undefined;
    const until = new Promise<void>((resolve) => (goOn = resolve));
    async function* source(): AsyncGenerator<Buffer> {
      yield Buffer.from(chunk({ role: 'assistant', content: 'hel' }));
      await until;
      yield Buffer.from(chunk({ content: 'lo' }, 'stop') + 'data: [DONE]\n\n');
    }
    path.upstreamReply = { status: 200, text: '', headers: eventStream, body: source() };
    const answer = await conversations.complete({ ...inSession({ messages: [user('one')], stream: true }), client });
    client.abort();
    await new Promise(setImmediate);
    expect(session.appended).toEqual([[{ message: user('one') }, { message: said('hel'), status: 'interrupted' }]]);
    expect(session.holder).toBeUndefined();
    goOn();
    expect(await answer.outcome).toMatchObject({ status: 200 });
    expect(session.appended).toHaveLength(1);
    expect(path.stored).toHaveLength(1);
  });

  it('before its answer: nothing is kept, as if it had not asked', async () => {
    const client = new AbortController();
    const leaving = {
      get until() {
        return Promise.resolve(client.abort());
      },
    };
    path.upstreamReply = Object.assign(leaving, path.upstreamReply);
    await conversations.complete({ ...inSession(), client });
    expect(path.asked).toHaveLength(1);
    await expect(conversations.complete({ ...inSession(), client })).rejects.toMatchObject({ code: 'unavailable' });
    expect(path.asked).toHaveLength(1);
    expect([session.appended, session.holder]).toEqual([[], undefined]);
  });
});

describe('a session that is', () => {
  it('busy refuses at once, or after a bounded wait, and never interleaves', async () => {
    session.holder = 'another';
    const refused = await ask({}, { 'x-larder-session-on-busy': 'refuse' });
    expect([refused.status, code(refused), refused.headers['x-should-retry']]).toEqual([409, 'session_busy', 'false']);
    expect(session.begun).toHaveLength(1);
    const waited = await ask();
    expect([waited.status, code(waited), waited.headers['x-should-retry']]).toEqual([409, 'session_busy', 'true']);
    expect(session.begun.length).toBeGreaterThan(2);
    expect([path.asked, session.appended]).toEqual([[], []]);
  });

  it('not there is told as 404', async () => {
    session.isAbsent = true;
    await expect(ask()).rejects.toMatchObject({ code: 'not_found', details: { reason: 'session_not_found' } });
  });

  it('away is told as 503, or done without when the caller says so', async () => {
    session.goAway();
    const refused = await ask();
    expect([refused.status, code(refused), refused.headers['x-should-retry']]).toEqual([
      503,
      'session_unavailable',
      'true',
    ]);
    const without = await ask({ messages: [user('alone')] }, { 'x-larder-session-on-failure': 'stateless' });
    expect([without.status, without.headers['x-larder-degraded']]).toEqual([200, 'session']);
    expect(sent()).toEqual([user('alone')]);
  });

  it.each([
    [new SessionUnavailableError('away'), 503, 'session_unavailable'],
    [{ state: 'lost' }, 409, 'session_turn_lost'],
    [{ state: 'absent' }, 404, 'session_not_found'],
    [new ServiceError('conflict', 'full', { reason: 'session_full' }), 409, 'session_full'],
    [new ServiceError('invalid_request', 'too large'), 502, 'session_answer_refused'],
  ] as const)('unable to keep the answer (%j) says so in place of it', async (reply, status, expected) => {
    session.finishReply = reply;
    const refused = await ask();
    expect([refused.status, code(refused)]).toEqual([status, expected]);
    const degraded = await ask({}, { 'x-larder-session-on-failure': 'stateless' });
    expect([degraded.status, degraded.headers['x-larder-degraded']]).toEqual([200, 'session']);
  });

  it('told of the same turn twice keeps it once, and answers', async () => {
    session.finishReply = new ServiceError('conflict', 'reused', { reason: 'message_id_reused' });
    expect(await ask()).toMatchObject({ status: 200 });
  });

  it('unable to keep a streamed answer ends the stream with an error, not as if all were well', async () => {
    session.finishReply = { state: 'lost' };
    const text = chunk({ role: 'assistant', content: 'hello' }, 'stop') + 'data: [DONE]\n\n';
    path.upstreamReply = { status: 200, text, headers: eventStream };
    const answer = await ask({ stream: true });
    const told = await textOf(answer);
    expect(told).toContain('the session has gone on without it');
    expect(told).not.toContain('[DONE]');
    expect(await answer.outcome).toBeUndefined();
  });
});

describe('the headers of a session', () => {
  it('are read and refused by name', () => {
    expect(readSessionControls({})).toBeUndefined();
    const all = { 'x-larder-session': 's', 'x-larder-session-strategy': 'last', 'x-larder-session-max-tokens': '99' };
    expect(readSessionControls(all)).toEqual({
      sessionId: 's',
      strategy: 'last',
      maxTokens: 99,
      onBusy: 'wait',
      onFailure: 'refuse',
    });
    for (const [name, value] of [
      ['x-larder-session', 'a:b'],
      ['x-larder-session', ''],
      ['x-larder-session-strategy', 'all'],
      ['x-larder-session-max-tokens', '0'],
      ['x-larder-session-max-tokens', '1e3'],
      ['x-larder-session-on-busy', 'queue'],
      ['x-larder-session-on-failure', 'retry'],
    ] as const) {
      expect(() => readSessionControls({ ...all, [name]: value })).toThrow(name);
    }
  });

  it('need a key that may use sessions; one that is pinned sees its user’s alone', () => {
    const headers = { 'x-larder-session': 's' };
    expect(() => readSessionControls(headers, { roles: ['chat'] })).toThrow('sessions');
    expect(readSessionControls(headers, { roles: ['sessions'], userId: 'ann' })?.reach).toBe('own');
    expect(readSessionControls(headers, { roles: ['sessions'] })?.reach).toBeUndefined();
    expect(readSessionControls(headers, { roles: ['admin'] })?.reach).toBe('any');
  });
});
