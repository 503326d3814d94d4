import { parseResponse } from '#llm';
import { isObject, refuse } from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';
import type { RequestBody, SessionEntry, SessionForm } from '../completion/dialect.js';
import { historyItems, messageOfItem } from './item-messages.js';
import { inputItems } from './responses-body.js';

/** Sessions hold chat messages: items become messages when they are kept, and messages items when they are sent. */
export const responsesSession: SessionForm = { member: 'input', entriesOf, withHistory, saidIn };

/** Other places that a conversation can be kept in; two histories would be one too many. */
const otherHistories = ['previous_response_id', 'conversation', 'background'];

/** Tools whose calls the client must answer, in forms that a chat message has no place for. */
const unkeptTools = new Set(['custom', 'apply_patch', 'local_shell', 'computer', 'computer_use_preview']);

function entriesOf(body: RequestBody): readonly SessionEntry[] {
  for (const name of otherHistories) {
    const value = body[name];
    if (value !== undefined && value !== null && value !== false)
      refuse(name, `'${name}' cannot be part of a session.`);
  }
  checkTools(body['tools']);
  const { input } = body;
  if (typeof input === 'string') {
    const message = { role: 'user', content: input };
    return [{ message, wire: message }];
  }
  return inputItems(body).flatMap(entryOf);
}

function checkTools(tools: Json | undefined): void {
  listOf(tools).forEach((tool, index) => {
    const type = isObject(tool) ? tool['type'] : undefined;
    if (typeof type === 'string' && unkeptTools.has(type)) {
      refuse(`tools.${index}`, `'tools.${index}': of a client's own tools, a session keeps calls of functions only.`);
    }
  });
}

function entryOf(item: JsonObject, index: number): SessionEntry[] {
  const message = messageOfItem(item);
  if (!message) refuse(`input.${index}`, `'input.${index}' is of a type that a session cannot keep.`);
  return [{ message, wire: item }];
}

function withHistory(body: RequestBody, history: readonly JsonObject[], entries: readonly SessionEntry[]): RequestBody {
  return { ...body, input: [...history.flatMap(historyItems), ...entries.map(({ wire }) => wire)] };
}

/** One message: the texts in their order, and the calls of functions. What upstream did itself shows in the texts. */
function saidIn(answer: string): readonly JsonObject[] {
  const output = (parseResponse(answer)?.output ?? []) as unknown as readonly JsonObject[];
  const messages = output.map(messageOfItem).filter((message) => message?.['role'] === 'assistant');
  const parts = messages.flatMap((message) => listOf(message?.['content']));
  const calls = messages.flatMap((message) => listOf(message?.['tool_calls']));
  const said = parts.filter((part) => isObject(part) && [part['text'], part['refusal']].some(isText));
  if (said.length === 0 && calls.length === 0) return [];
  return [{ role: 'assistant', content: asContent(said), ...(calls.length > 0 && { tool_calls: calls }) }];
}

/** A text alone is written as one, as in chat. */
function asContent(parts: readonly Json[]): Json {
  const [first] = parts;
  if (parts.length === 1 && isObject(first) && first['type'] === 'text') return first['text'] ?? null;
  return parts.length > 0 ? parts : null;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value.trim() !== '';
}
