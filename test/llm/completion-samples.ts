import type { AssistantMessage, ChatCompletion, CompletionChoice } from '#llm';

const usage = {
  prompt_tokens: 19,
  completion_tokens: 10,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 3, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
};

function choice(message: Partial<AssistantMessage>, rest: Partial<CompletionChoice> = {}): CompletionChoice {
  return {
    index: 0,
    message: { role: 'assistant', content: null, refusal: null, ...message },
    logprobs: null,
    finish_reason: 'stop',
    ...rest,
  };
}

function answer(choices: CompletionChoice[], rest: object = {}): ChatCompletion {
  return {
    id: 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT',
    object: 'chat.completion',
    created: 1_741_569_952,
    model: 'gpt-4.1-2025-04-14',
    service_tier: 'default',
    system_fingerprint: 'fp_b705f0c291',
    choices,
    usage,
    ...rest,
  };
}

function token(text: string): object {
  return { token: text, logprob: -0.1, bytes: [...Buffer.from(text)], top_logprobs: [{ token: text, logprob: -0.1 }] };
}

const weather = {
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '{"city": "Zürich", "unit": "°C"}' },
};

/** Answers of every shape that the wire knows. */
export const answers = {
  text: answer([choice({ content: 'The quick brown fox jumps over the lazy dog.\n\n  It is 3 °C. 😀👩‍👩‍👧 日本語' })]),
  severalChoices: answer([
    choice({ content: 'one two' }),
    choice({ content: 'eins zwei drei' }, { index: 1 }),
    choice({ content: 'un' }, { index: 2, finish_reason: 'length' }),
  ]),
  parallelToolCalls: answer([
    choice(
      {
        tool_calls: [
          weather,
          { id: 'call_2', type: 'function', function: { name: 'time', arguments: '{"zone":"UTC"}' } },
          { id: 'call_3', type: 'function', function: { name: 'ping', arguments: '' } },
        ],
      },
      { finish_reason: 'tool_calls' },
    ),
  ]),
  textAndToolCall: answer([
    choice({ content: 'Let me look.', tool_calls: [weather] }, { finish_reason: 'tool_calls' }),
  ]),
  refusal: answer([choice({ refusal: "I'm sorry, I cannot help with that." })]),
  logprobs: answer([
    choice(
      { content: 'Hello there 🙂!' },
      { logprobs: { content: ['Hello', ' there', ' 🙂', '!'].map(token), refusal: null } },
    ),
  ]),
  logprobsOfOtherTokens: answer([
    choice({ content: 'Hello' }, { logprobs: { content: [token('\\xf0'), token('x')], refusal: null } }),
  ]),
  unknownMembers: answer(
    [
      choice(
        { content: 'Yes.', reasoning_content: 'First, think. Then say.', annotations: [{ type: 'url', n: 1 }] },
        { stop_reason: 7 },
      ),
    ],
    { citations: ['https://example.org'] },
  ),
  legacyFunctionCall: answer([
    choice({ function_call: { name: 'weather', arguments: '{"city": "Bern"}' } }, { finish_reason: 'function_call' }),
  ]),
  emptyText: answer([choice({ content: '' })]),
} satisfies Record<string, ChatCompletion>;
