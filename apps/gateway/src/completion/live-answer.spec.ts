import { describe, expect, it } from '@jest/globals';
import { chatDialect } from '../chat/chat-dialect.js';
import { LiveAnswer } from './live-answer.js';
import type { Outcome } from './outcome.js';

const head = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' };
const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason }], ...more })}\n\n`;
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const usageChunk = `data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`;
const whole = [chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hé' }), chunk({ content: 'llo' }, 'stop')];

async function* source(texts: readonly string[], fault?: Error): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(texts.join(''));
  // Cut anywhere, also inside a character.
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  if (fault) throw fault;
}

async function relay(from: AsyncIterable<Buffer>, includeUsage = false) {
  const settled: (Outcome | undefined)[] = [];
  const settle = async (outcome: Outcome | undefined) => {
    settled.push(outcome);
    return 'larder entry=e1';
  };
  const body = { model: 'm', stream_options: { include_usage: includeUsage } };
  const live = new LiveAnswer({ dialect: chatDialect, body, source: from, settle });
  let text = '';
  for await (const frame of live.frames) text += frame;
  return { text, settled, outcome: await live.outcome };
}

describe('live answer', () => {
  it('relays frames as they come and gathers the whole answer', async () => {
    const { text, outcome, settled } = await relay(source([...whole, usageChunk, 'data: [DONE]\n\n']), true);
    expect(text).toBe([...whole, usageChunk].join('') + ': larder entry=e1\n\ndata: [DONE]\n\n');
    expect(JSON.parse(outcome?.body ?? '')).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'Héllo' }, finish_reason: 'stop' }],
      usage,
    });
    expect(settled).toEqual([outcome]);
  });

  it('hides the usage that the client did not ask for, but gathers it', async () => {
    const last = chunk({}, 'stop', { usage });
    const { text, outcome } = await relay(source([...whole.slice(0, 2), last, usageChunk, 'data: [DONE]\n\n']));
    expect(text).not.toContain('usage');
    expect(text).toContain('"finish_reason":"stop"');
    expect(JSON.parse(outcome?.body ?? '')).toMatchObject({ usage });
  });

  it('takes an answer that finished for whole even when upstream forgets [DONE]', async () => {
    const { text, outcome } = await relay(source(whole));
    expect(outcome?.status).toBe(200);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('ends as upstream ended what never said why it finished, and keeps nothing of it', async () => {
    const { text, outcome } = await relay(source([...whole.slice(0, 2), 'data: [DONE] \n\n']));
    expect(text).not.toContain('error');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(outcome).toBeUndefined();
  });

  it('takes a member error that is null for none', async () => {
    const { text, outcome } = await relay(source([...whole.slice(0, 2), chunk({}, 'stop', { error: null })]));
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(outcome?.status).toBe(200);
  });

  it.each([
    ['the connection breaks', source(whole.slice(0, 2), new Error('socket hang up'))],
    ['the stream ends early', source(whole.slice(0, 2))],
    ['a chunk is not JSON', source([...whole.slice(0, 1), 'data: {oops\n\n'])],
    ['upstream reports an error', source([...whole.slice(0, 1), 'data: {"error":{"message":"overloaded"}}\n\n'])],
  ])('has no outcome and tells the client when %s', async (_case, from) => {
    const { text, outcome, settled } = await relay(from);
    expect(outcome).toBeUndefined();
    expect(settled).toEqual([undefined]);
    expect(text.split('"error"')).toHaveLength(2);
    expect(text).not.toContain('[DONE]');
  });

  it('goes on to the end when the client leaves', async () => {
    let outcome: Outcome | undefined;
    const settle = async (settled: Outcome | undefined) => {
      outcome = settled;
      return undefined;
    };
    const live = new LiveAnswer({ dialect: chatDialect, body: { model: 'm' }, source: source(whole), settle });
    for await (const _frame of live.frames) break;
    expect(await live.outcome).toBe(outcome);
    expect(outcome?.status).toBe(200);
  });
});
