import { createHash } from 'node:crypto';
import { demoCreated, demoModelName } from './demo-name.js';
import { demoText, demoTokens, promptTokens } from './demo-text.js';
import { isJsonObject, type JsonObject } from './openai-wire.js';
import type { ModelResponse } from './response-wire.js';

/** What was said, as the demo model's chat would be told it. */
export function demoConversation({ input, instructions }: JsonObject): unknown[] {
  const said: unknown[] = typeof input === 'string' ? [{ role: 'user', content: input }] : [];
  const items: unknown[] = Array.isArray(input) ? input : said;
  return typeof instructions === 'string' ? [{ role: 'system', content: instructions }, ...items] : items;
}

/** The demo model's response object: the same for the same request. */
export function demoResponse(request: JsonObject): ModelResponse {
  const conversation = demoConversation(request);
  const most = typeof request.max_output_tokens === 'number' ? request.max_output_tokens : Infinity;
  const tokens = demoTokens(demoText(conversation, 0));
  const isCut = tokens.length > most;
  const said = isCut ? tokens.slice(0, most) : tokens;
  const status = isCut ? 'incomplete' : 'completed';
  const id = createHash('sha256').update(JSON.stringify(conversation)).digest('hex').slice(0, 24);
  const [inputTokens, outputTokens] = [promptTokens(conversation), said.length];
  return {
    ...settingsOf(request),
    id: `resp_demo${id}`,
    object: 'response',
    created_at: demoCreated,
    status,
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    model: demoModelName,
    output: [
      {
        id: `msg_demo${id}`,
        type: 'message',
        status,
        role: 'assistant',
        content: [{ type: 'output_text', text: said.join(''), annotations: [], logprobs: [] }],
      },
    ],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}

/** What a response repeats of its request. */
function settingsOf(request: JsonObject): JsonObject {
  return {
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: isJsonObject(request.metadata) ? request.metadata : {},
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    // Nothing is kept here: who wants to build on an earlier response is told so.
    store: false,
    temperature: request.temperature ?? 1,
    text: request.text ?? { format: { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_p: request.top_p ?? 1,
    user: request.user ?? null,
  };
}
