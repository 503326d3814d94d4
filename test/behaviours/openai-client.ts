import { describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { chatBody, freshPrompt } from '../larder/suite.js';
import type { StandInUpstream } from '../larder/upstream.js';
import { standInVector } from '../larder/upstream-embeddings.js';

/** Where the client points: Larder, or the upstream itself to prove that these tests ask for nothing special. */
interface ClientTarget {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly upstream: StandInUpstream;
}

type Target = () => ClientTarget;
type Messages = OpenAI.ChatCompletionMessageParam[];

const weatherTool: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const weatherCall = { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich","unit":"celsius"}' };
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function clientOf(target: ClientTarget, options: { maxRetries?: number } = {}): OpenAI {
  return new OpenAI({ baseURL: target.baseURL, apiKey: target.apiKey, maxRetries: 0, ...options });
}

/** The official `openai` client with nothing but its base URL changed. Each call runs twice: as a miss and as a hit. */
export function theOfficialClientWorks(target: Target): void {
  describe('official openai client', () => {
    answers(target);
    tools(target);
    otherResources(target);
    errors(target);
  });
}

function answers(target: Target): void {
  it('gets a plain answer', async () => {
    const body = chatBody();
    for (let turn = 0; turn < 2; turn += 1) {
      const completion = await clientOf(target()).chat.completions.create(body);
      expect(completion.choices[0]!.message.content).toMatch(/^Answer \d+ of the stand-in/);
      expect(completion.usage!.total_tokens).toBeGreaterThan(11);
    }
  });

  it('gets a stream whose usage comes in a last chunk without choices', async () => {
    const messages: Messages = [{ role: 'user', content: freshPrompt() }];
    const texts = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const options = { stream: true, stream_options: { include_usage: true } } as const;
      const stream = await clientOf(target()).chat.completions.create({ model: 'stand-in', messages, ...options });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 11 } });
      expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
      texts.push(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''));
    }
    expect(texts[0]).toMatch(/^Answer \d+ of the stand-in/);
  });

  it('gets a stream without usage when it did not ask', async () => {
    const messages: Messages = [{ role: 'user', content: freshPrompt() }];
    for (let turn = 0; turn < 2; turn += 1) {
      const stream = await clientOf(target()).chat.completions.create({ model: 'stand-in', messages, stream: true });
      for await (const chunk of stream) {
        expect(chunk.usage).toBeUndefined();
        expect(chunk.choices).toHaveLength(1);
      }
    }
  });

  it('sends image parts', async () => {
    const { upstream } = target();
    const prompt = freshPrompt('a picture');
    const messages: Messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: prompt },
          { type: 'image_url', image_url: { url: pixel, detail: 'low' } },
        ],
      },
    ];
    for (let turn = 0; turn < 2; turn += 1) {
      const completion = await clientOf(target()).chat.completions.create({ model: 'stand-in', messages });
      expect(completion.choices).toHaveLength(1);
    }
    expect(upstream.chatCalls({ containing: prompt })[0]!.chat!.messages).toEqual(messages);
  });
}

function tools(target: Target): void {
  it('gets tool calls, plain and streamed, and sends their results', async () => {
    const model = target().upstream.newModel({ toolCalls: [weatherCall, { ...weatherCall, id: 'call_2' }] });
    const messages: Messages = [{ role: 'user', content: freshPrompt('the weather') }];
    const client = clientOf(target());
    for (let turn = 0; turn < 2; turn += 1) {
      const plain = await client.chat.completions.create({ model, messages, tools: [weatherTool] });
      const streamed = await client.chat.completions
        .stream({ model, messages, tools: [weatherTool] })
        .finalChatCompletion();
      for (const completion of [plain, streamed]) {
        const [choice] = completion.choices;
        expect(choice!.finish_reason).toBe('tool_calls');
        expect(choice!.message.tool_calls?.map((call) => call.id)).toEqual(['call_1', 'call_2']);
        expect(choice!.message.tool_calls![0]).toMatchObject({
          function: { name: 'weather', arguments: weatherCall.arguments },
        });
      }
      const results: Messages = [
        plain.choices[0]!.message,
        { role: 'tool', tool_call_id: 'call_1', content: '21 °C' },
        { role: 'tool', tool_call_id: 'call_2', content: '22 °C' },
      ];
      const answer = await client.chat.completions.create({ model: 'stand-in', messages: [...messages, ...results] });
      expect(answer.choices[0]!.finish_reason).toBe('stop');
    }
  });
}

function otherResources(target: Target): void {
  it('lists models and embeds', async () => {
    const client = clientOf(target());
    const models = [];
    for await (const model of client.models.list()) models.push(model.id);
    expect(models).toEqual(expect.arrayContaining(['stand-in', 'stand-in-mini']));
    const input = freshPrompt();
    const embedding = await client.embeddings.create({ model: 'stand-in-embedder', input });
    expect(embedding.data[0]!.embedding).toEqual([...Float32Array.from(standInVector(input))]);
  });
}

function errors(target: Target): void {
  const refusals = [
    [400, OpenAI.BadRequestError],
    [404, OpenAI.NotFoundError],
    [409, OpenAI.ConflictError],
    [422, OpenAI.UnprocessableEntityError],
    [429, OpenAI.RateLimitError],
  ] as const;
  it.each(refusals)('throws the class of an upstream error %d, with its members', async (status, errorClass) => {
    const error = {
      message: `refused with ${status}`,
      type: 'scripted_type',
      param: 'messages',
      code: 'scripted_code',
    };
    const model = target().upstream.newModel({ status, error, headers: { 'retry-after': '0' } });
    for (const stream of [false, true]) {
      const call = clientOf(target()).chat.completions.create({ ...chatBody(), model, stream });
      const thrown: unknown = await call.then(
        () => undefined,
        (fault: unknown) => fault,
      );
      expect(thrown).toBeInstanceOf(errorClass);
      expect(thrown).toMatchObject({ status, type: 'scripted_type', code: 'scripted_code', param: 'messages' });
    }
  });

  it('throws InternalServerError when upstream fails for good', async () => {
    const model = target().upstream.newModel({ status: 500 });
    const call = clientOf(target()).chat.completions.create({ ...chatBody(), model });
    await expect(call).rejects.toThrow(OpenAI.InternalServerError);
  });

  it('throws NotFoundError for a model that nobody serves', async () => {
    const call = clientOf(target()).chat.completions.create({ ...chatBody(), model: 'no-such-model' });
    await expect(call).rejects.toThrow(OpenAI.NotFoundError);
    await expect(call).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('succeeds by its own retries when upstream recovers', async () => {
    const model = target().upstream.newModel({ status: 503 }, { status: 500 }, {});
    const client = clientOf(target(), { maxRetries: 3 });
    const messages: Messages = [{ role: 'user', content: freshPrompt() }];
    const completion = await client.chat.completions.create({ model, messages });
    expect(completion.choices[0]!.finish_reason).toBe('stop');
  });
}
