import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour, ChatBody } from './upstream-behaviour.js';

const created = 1_700_000_000;

interface Answer {
  readonly id: string;
  readonly content: string | null;
  readonly finishReason: string;
  readonly usage: Readonly<Record<string, unknown>>;
}

function answerOf(behaviour: Behaviour, callNumber: number): Answer {
  const content = behaviour.toolCalls ? null : (behaviour.content ?? `Answer ${callNumber} of the stand-in, in words.`);
  const words = content?.split(' ').length ?? 5;
  return {
    id: `chatcmpl-${callNumber}`,
    content,
    finishReason: behaviour.finishReason ?? (behaviour.toolCalls ? 'tool_calls' : 'stop'),
    usage: {
      prompt_tokens: 11,
      completion_tokens: words,
      total_tokens: 11 + words,
      prompt_tokens_details: { cached_tokens: 3, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
  };
}

function toolCalls(behaviour: Behaviour) {
  return behaviour.toolCalls?.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
}

/** A chat.completion object as OpenAI sends it. */
function completion(body: ChatBody, behaviour: Behaviour, answer: Answer) {
  const message = { role: 'assistant', content: answer.content, refusal: null, tool_calls: toolCalls(behaviour) };
  return {
    id: answer.id,
    object: 'chat.completion',
    created,
    model: body.model,
    choices: behaviour.noChoices ? [] : [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }],
    usage: answer.usage,
    system_fingerprint: 'fp_stand_in',
  };
}

function deltas(behaviour: Behaviour, answer: Answer): object[] {
  if (behaviour.noChoices) return [];
  const first = { role: 'assistant', content: answer.content === null ? null : '', refusal: null };
  const words = answer.content?.match(/\S+\s*/g) ?? [];
  const calls = (behaviour.toolCalls ?? []).flatMap((call, index) => {
    const half = Math.ceil(call.arguments.length / 2);
    const opening = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
    const parts = [call.arguments.slice(0, half), call.arguments.slice(half)];
    return [opening, ...parts.map((part) => ({ index, function: { arguments: part } }))];
  });
  return [first, ...words.map((content) => ({ content })), ...calls.map((call) => ({ tool_calls: [call] }))];
}

/** The chunks of a streamed answer, usage as the request and the behaviour ask for it. */
function chunks(body: ChatBody, behaviour: Behaviour, answer: Answer): object[] {
  const wantsUsage = body.stream_options?.include_usage === true;
  const ownChunk = wantsUsage && behaviour.usageWithChoices !== true;
  const chunk = (choices: object[], usage?: object | null) => ({
    id: answer.id,
    object: 'chat.completion.chunk',
    created,
    model: body.model,
    system_fingerprint: 'fp_stand_in',
    choices,
    ...(usage === undefined ? {} : { usage }),
  });
  const idle = ownChunk ? null : undefined;
  const content = deltas(behaviour, answer).map((delta) => chunk([{ index: 0, delta, finish_reason: null }], idle));
  const finish = { index: 0, delta: {}, finish_reason: answer.finishReason };
  const last = behaviour.noChoices ? [] : [chunk([finish], behaviour.usageWithChoices ? answer.usage : idle)];
  return [...content, ...last, ...(ownChunk ? [chunk([], answer.usage)] : [])];
}

async function sendStream(response: ServerResponse, all: readonly object[], behaviour: Behaviour): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...behaviour.headers });
  for (const [index, chunk] of all.entries()) {
    if (index === behaviour.breakAfterChunks) {
      response.destroy();
      return;
    }
    if (index === behaviour.errorAfterChunks?.[0]) {
      const message = behaviour.errorAfterChunks[1];
      response.end(
        `data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code: null } })}\n\n`,
      );
      return;
    }
    if (behaviour.chunkDelayMs) await sleep(behaviour.chunkDelayMs);
    if (response.destroyed) return;
    if (!response.write(`data: ${JSON.stringify(chunk)}\n\n`)) await once(response, 'drain');
  }
  response.end('data: [DONE]\n\n');
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Plays one scripted behaviour as the answer of one chat call. */
export async function playChat(
  response: ServerResponse,
  body: ChatBody,
  behaviour: Behaviour,
  callNumber: number,
): Promise<void> {
  if (behaviour.delayMs) await sleep(behaviour.delayMs);
  await behaviour.until;
  if (behaviour.silent || response.destroyed) return;
  const status = behaviour.status ?? 200;
  if (behaviour.rawBody !== undefined) return sendJson(response, status, behaviour.rawBody, behaviour.headers);
  if (status !== 200) {
    const error = behaviour.error ?? { message: `scripted ${status}`, type: 'scripted', param: null, code: null };
    return sendJson(response, status, { error }, behaviour.headers);
  }
  const answer = answerOf(behaviour, callNumber);
  if (body.stream) return sendStream(response, chunks(body, behaviour, answer), behaviour);
  sendJson(response, 200, completion(body, behaviour, answer), behaviour.headers);
}
