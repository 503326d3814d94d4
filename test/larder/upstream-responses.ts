import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './upstream-behaviour.js';
import { sendJson } from './upstream-chat.js';

/** The body of a request for a response, as far as the stand-in reads it. */
export interface ResponsesBody {
  readonly model: string;
  readonly stream?: boolean;
  readonly [member: string]: unknown;
}

type Members = Readonly<Record<string, unknown>>;

function outputOf(behaviour: Behaviour, callNumber: number): Members[] {
  const reasoning = behaviour.reasoning && {
    id: `rs_${callNumber}`,
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: behaviour.reasoning }],
  };
  const calls = behaviour.toolCalls?.map((call, at) => ({
    id: `fc_${callNumber}_${at}`,
    type: 'function_call',
    status: 'completed',
    call_id: call.id,
    name: call.name,
    arguments: call.arguments,
  }));
  const text = behaviour.content ?? `Answer ${callNumber} of the stand-in, in words.`;
  const part = behaviour.refusal
    ? { type: 'refusal', refusal: behaviour.refusal }
    : { type: 'output_text', text, annotations: [], logprobs: [] };
  const message = { id: `msg_${callNumber}`, type: 'message', status: 'completed', role: 'assistant', content: [part] };
  return [...(reasoning ? [reasoning] : []), ...(calls ?? (behaviour.noChoices ? [] : [message]))];
}

const incompletions: Members = { length: 'max_output_tokens', content_filter: 'content_filter' };

/** A response object as OpenAI sends it. */
function responseOf(body: ResponsesBody, behaviour: Behaviour, callNumber: number): Members {
  const reason = incompletions[behaviour.finishReason ?? ''];
  return {
    id: `resp_${callNumber}`,
    object: 'response',
    created_at: 1_700_000_000,
    status: reason ? 'incomplete' : 'completed',
    background: false,
    error: null,
    incomplete_details: reason ? { reason } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: null,
    model: body.model,
    output: outputOf(behaviour, callNumber),
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: null, summary: null },
    store: body.store ?? true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: body.tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 3 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 18,
    },
    user: body.user ?? null,
    metadata: body.metadata ?? {},
  };
}

function pieces(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

function messageEvents(item: Members, place: Members): Members[] {
  const [part] = item.content as Members[];
  const at = { ...place, content_index: 0 };
  const isText = part!.type === 'output_text';
  const kind = isText ? 'output_text' : 'refusal';
  const whole = String(isText ? part!.text : part!.refusal);
  const empty = isText ? { ...part, text: '' } : { ...part, refusal: '' };
  const logprobs = isText && { logprobs: [] };
  return [
    { type: 'response.content_part.added', ...at, part: empty },
    ...pieces(whole).map((delta) => ({ type: `response.${kind}.delta`, ...at, delta, ...logprobs })),
    { type: `response.${kind}.done`, ...at, [isText ? 'text' : 'refusal']: whole, ...logprobs },
    { type: 'response.content_part.done', ...at, part },
  ];
}

function callEvents(item: Members, place: Members): Members[] {
  const text = String(item.arguments);
  const half = Math.ceil(text.length / 2);
  const type = 'response.function_call_arguments';
  return [
    ...[text.slice(0, half), text.slice(half)].map((delta) => ({ type: `${type}.delta`, ...place, delta })),
    { type: `${type}.done`, ...place, name: item.name, arguments: text },
  ];
}

function reasoningEvents(item: Members, place: Members): Members[] {
  const [part] = item.summary as Members[];
  const at = { ...place, summary_index: 0 };
  const text = String(part!.text);
  return [
    { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
    ...pieces(text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
    { type: 'response.reasoning_summary_text.done', ...at, text },
    { type: 'response.reasoning_summary_part.done', ...at, part },
  ];
}

function itemEvents(item: Members, index: number): Members[] {
  const place = { item_id: item.id, output_index: index };
  const begun: Record<string, Members> = {
    message: { status: 'in_progress', content: [] },
    function_call: { status: 'in_progress', arguments: '' },
    reasoning: { summary: [] },
  };
  const within = { message: messageEvents, function_call: callEvents, reasoning: reasoningEvents };
  const type = item.type as keyof typeof within;
  return [
    { type: 'response.output_item.added', output_index: index, item: { ...item, ...begun[type] } },
    ...within[type](item, place),
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

/** The events of a streamed response, in OpenAI's order. */
function eventsOf(response: Members): Members[] {
  const begun = { ...response, status: 'in_progress', output: [], usage: null, incomplete_details: null };
  const all = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...(response.output as Members[]).flatMap(itemEvents),
    { type: `response.${String(response.status)}`, response },
  ];
  return all.map((event, sequence) => ({ ...event, sequence_number: sequence }));
}

async function sendEvents(response: ServerResponse, events: readonly Members[], behaviour: Behaviour): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...behaviour.headers });
  for (const [index, event] of events.entries()) {
    if (index === behaviour.breakAfterChunks) {
      response.destroy();
      return;
    }
    if (behaviour.chunkDelayMs) await sleep(behaviour.chunkDelayMs);
    if (response.destroyed) return;
    const text = `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;
    if (!response.write(text)) await once(response, 'drain');
  }
  response.end();
}

/** Plays one scripted behaviour as the answer of one call for a response. */
export async function playResponses(
  response: ServerResponse,
  body: ResponsesBody,
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
  const whole = responseOf(body, behaviour, callNumber);
  if (body.stream) return sendEvents(response, eventsOf(whole), behaviour);
  sendJson(response, 200, whole, behaviour.headers);
}
