import { isObject, refuse } from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';
import type { RequestBody, SessionEntry, SessionForm } from '../completion/dialect.js';

/** Sessions speak as chat does: messages go in and out as they are. */
export const chatSession: SessionForm = { member: 'messages', entriesOf, withHistory, saidIn };

function entriesOf(body: RequestBody): readonly SessionEntry[] {
  const { n } = body;
  if (typeof n === 'number' && n !== 1) refuse('n', "'n' must be 1 in a session: a turn has one answer.");
  return (body['messages'] as readonly JsonObject[]).map((message) => ({ message, wire: message }));
}

function withHistory(body: RequestBody, history: readonly JsonObject[], entries: readonly SessionEntry[]): RequestBody {
  return { ...body, messages: [...history, ...entries.map(({ wire }) => wire)] };
}

function saidIn(answer: string): readonly JsonObject[] {
  const message = messageOf(answer);
  if (!message) return [];
  const { content, refusal, tool_calls: calls } = message;
  const said = isText(refusal) && !isText(content) ? [{ type: 'refusal', refusal }] : content;
  const hasCalls = Array.isArray(calls) && calls.length > 0;
  if (!hasCalls && !isText(content) && !isText(refusal)) return [];
  // Nothing else of it: what one provider adds, such as its reasoning, another refuses to read.
  return [{ role: 'assistant', content: said ?? null, ...(hasCalls && { tool_calls: calls }) }];
}

function messageOf(answer: string): JsonObject | undefined {
  try {
    const { choices } = JSON.parse(answer) as { choices?: Json };
    const [choice] = Array.isArray(choices) ? (choices as readonly Json[]) : [];
    return isObject(choice) && isObject(choice['message']) ? choice['message'] : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
