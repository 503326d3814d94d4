import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { completeChat, ServiceError, type CompleteChatReply } from '#contracts';
import { countTokens } from '#llm';
import type { RpcClient } from '#redis-streams';
import { cutSummary } from './cut-summary.js';
import { ExtractiveSummariser } from './extractive-summariser.js';
import { ModelSummariser } from './model-summariser.client.js';
import { transcriptLine } from './transcript.js';

const task = { tenant: 'acme', previous: '', maxTokens: 60 };
const talk = [
  'user: We fly to Rome on 12 May with three children. What should we see?',
  'assistant: The Colosseum is a must. Children like the Borghese gardens. Do you need a hotel?',
  'user: Yes, a hotel near the Colosseum for three children, under 200 euros.',
  'assistant: Noted.',
];

describe('ExtractiveSummariser', () => {
  const summariser = new ExtractiveSummariser();

  it('picks telling sentences, in their order, with who said them', async () => {
    const text = await summariser.summarise({ ...task, transcript: talk });
    const lines = text.split('\n');
    expect(lines).toContain('- user: We fly to Rome on 12 May with three children.');
    expect(lines).toContain('- user: Yes, a hotel near the Colosseum for three children, under 200 euros.');
    expect(text).not.toContain('Noted');
  });

  it('keeps what it knew, and does not repeat itself', async () => {
    const previous = '- user: The budget is 900 euros for all of us.';
    const text = await summariser.summarise({ ...task, previous, transcript: [...talk, ...talk] });
    expect(text).toContain('900 euros');
    expect(new Set(text.split('\n')).size).toBe(text.split('\n').length);
  });

  it('never takes more than it may, says the same of the same, and bears any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 400 })),
        fc.nat(80),
        async (lines, maxTokens) => {
          const transcript = lines.map((line) => `user: ${line}`);
          const text = await summariser.summarise({ ...task, transcript, maxTokens });
          expect(await summariser.summarise({ ...task, transcript, maxTokens })).toBe(text);
          expect(await countTokens('o200k', text)).toBeLessThanOrEqual(maxTokens);
        },
      ),
    );
  });
});

describe('ModelSummariser', () => {
  /** A gateway that answers this, and remembers what it was asked. */
  function gateway(reply: Partial<CompleteChatReply>) {
    const asked: { contract: unknown; request: Record<string, unknown> }[] = [];
    const call = async (contract: unknown, request: Record<string, unknown>) => {
      asked.push({ contract, request });
      return { status: 200, body: '', headers: {}, ...reply };
    };
    return { asked, rpc: { call } as unknown as RpcClient };
  }
  const answer = (content: unknown) => JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] });

  it('asks the model for the tenant, with nothing cached, and takes its text', async () => {
    const { asked, rpc } = gateway({ body: answer(' Rome in May. ') });
    const text = await new ModelSummariser(rpc, 'gpt-4o-mini').summarise({
      ...task,
      previous: 'Before.',
      transcript: talk,
    });
    expect(text).toBe('Rome in May.');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      contract: completeChat,
      request: { tenant: 'acme', body: { model: 'gpt-4o-mini' }, options: { 'cache-control': 'no-store' } },
    });
    const { messages } = asked[0]!.request['body'] as { messages: { role: string; content: string }[] };
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(messages[1]!.content).toContain('Before.');
    expect(messages[1]!.content).toContain('under 200 euros');
  });

  it.each([
    ['a refusal', { status: 400, body: '{"error":{}}' }],
    ['a limit', { status: 429, body: '{"error":{}}' }],
    ['an empty answer', { body: answer('') }],
    ['no text at all', { body: answer(null) }],
  ])('fails on %s', async (_name, reply) => {
    const summariser = new ModelSummariser(gateway(reply).rpc, 'm');
    await expect(summariser.summarise({ ...task, transcript: talk })).rejects.toThrow(ServiceError);
  });

  it('says for how long limits forbid the model', async () => {
    const { rpc } = gateway({ status: 429, body: '{}', headers: { 'retry-after': '7' } });
    const refused = new ModelSummariser(rpc, 'm').summarise({ ...task, transcript: talk });
    await expect(refused).rejects.toMatchObject({
      code: 'rate_limited',
      details: { extension: { retryAfterMs: 7_000 } },
    });
  });
});

describe('transcriptLine', () => {
  it('tells of calls, pictures and refusals in words, and of nothing when there is nothing', () => {
    const call = { id: 'c', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } };
    const picture = { type: 'image_url', image_url: { url: 'data:…' } };
    expect(transcriptLine({ role: 'assistant', content: null, tool_calls: [call] })).toBe(
      'assistant: [calls weather {"city":"Rome"}]',
    );
    expect(transcriptLine({ role: 'user', content: [{ type: 'text', text: 'what\nis this' }, picture] })).toBe(
      'user: what is this [image]',
    );
    expect(transcriptLine({ role: 'assistant', content: '', refusal: 'No.' })).toBe('assistant: No.');
    expect(transcriptLine({ role: 'assistant', content: '' })).toBe('');
    expect(transcriptLine({ role: 'user', content: 'a'.repeat(5_000) })).toHaveLength(2_006);
  });
});

describe('cutSummary', () => {
  it('ends with a whole sentence and fits', async () => {
    const text = 'The first is here. The second is longer than that. The third is not needed.';
    expect(await cutSummary('o200k', text, 100)).toBe(text);
    expect(await cutSummary('o200k', text, 14)).toBe('The first is here. The second is longer than that.');
    expect(await cutSummary('o200k', text, 2)).toBe('');
    expect(await cutSummary('o200k', text, -5)).toBe('');
  });
});
