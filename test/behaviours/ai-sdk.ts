import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai';
import { describe, expect, it } from '@jest/globals';
import { embedMany, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';

/** The AI SDK with nothing but its base URL changed; its default OpenAI model speaks `/v1/responses`. */
export function theAiSdkWorks(current: CurrentSuite): void {
  const provider = (): OpenAIProvider =>
    createOpenAI({ baseURL: `${current().larder.url}/v1`, apiKey: current().larder.key });

  describe('AI SDK', () => {
    it('generates a text, the second time from the cache', async () => {
      const prompt = freshPrompt();
      const generate = () => generateText({ model: provider()('stand-in'), prompt, maxRetries: 0 });
      const [first, second] = [await generate(), await generate()];
      expect(first.text).toMatch(/^Answer \d+ of the stand-in/);
      expect([second.text, second.finishReason]).toEqual([first.text, 'stop']);
      expect(second.usage).toMatchObject({ inputTokens: 11, outputTokens: 7, totalTokens: 18 });
      expect(second.response.headers).toMatchObject({ 'x-larder-cache': 'hit-exact' });
      expect(current().upstream.responseCalls(prompt)).toHaveLength(1);
    });

    it('streams a text, the second time from the cache', async () => {
      const prompt = freshPrompt();
      const texts = [];
      for (let turn = 0; turn < 2; turn += 1) {
        const result = streamText({ model: provider()('stand-in'), prompt, maxRetries: 0 });
        let text = '';
        for await (const piece of result.textStream) text += piece;
        expect(await result.finishReason).toBe('stop');
        expect(await result.totalUsage).toMatchObject({ inputTokens: 11, outputTokens: 7 });
        texts.push(text);
      }
      expect(texts[0]).toMatch(/^Answer \d+ of the stand-in/);
      expect(texts[1]).toBe(texts[0]);
      expect(current().upstream.responseCalls(prompt)).toHaveLength(1);
    });

    it('calls tools and goes on with their results, plain and streamed', async () => {
      const call = { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich"}' };
      const prompt = freshPrompt('the weather');
      const weather = tool({
        description: 'The weather of a city.',
        inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
        execute: ({ city }) => `21 °C in ${city}`,
      });
      // One model for each: the script plays the call first, then the answer.
      const options = () => ({
        model: provider()(current().upstream.newModel({ toolCalls: [call], reasoning: 'A thought.' }, {})),
        prompt,
        tools: { weather },
        stopWhen: stepCountIs(2),
        maxRetries: 0,
      });
      const [plain, streaming] = [options(), options()];
      for (let turn = 0; turn < 2; turn += 1) {
        const generated = await generateText(plain);
        expect(generated.steps[0]!.toolResults[0]!.output).toBe('21 °C in Zürich');
        expect(generated.text).toMatch(/^Answer \d+ of the stand-in/);
        const streamed = streamText(streaming);
        expect(await streamed.text).toMatch(/^Answer \d+ of the stand-in/);
        expect((await streamed.steps)[0]!.toolCalls[0]).toMatchObject({
          toolName: 'weather',
          input: { city: 'Zürich' },
        });
      }
    });

    it('embeds many texts, the second time from the cache', async () => {
      const values = [freshPrompt(), freshPrompt()];
      const model = provider().embedding('stand-in-embedder');
      const first = await embedMany({ model, values, maxRetries: 0 });
      await eventually(async () => {
        const second = await embedMany({ model, values, maxRetries: 0 });
        expect(second.embeddings).toEqual(first.embeddings);
        expect(second.usage.tokens).toBe(0);
      });
    });

    it('still speaks chat completions where it is told to', async () => {
      const prompt = freshPrompt();
      for (let turn = 0; turn < 2; turn += 1) {
        const { text } = await generateText({ model: provider().chat('stand-in'), prompt, maxRetries: 0 });
        expect(text).toMatch(/^Answer \d+ of the stand-in/);
      }
      expect(current().upstream.chatCalls({ containing: prompt })).toHaveLength(1);
    });
  });
}
