import { maxAppended, maxMessageBytes, messageFault, ServiceError, withoutEmptyMembers } from '#contracts';
import { refuse } from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';
import type { RequestBody, SessionEntry, SessionForm } from '../completion/dialect.js';

const systemRoles: readonly Json[] = ['system', 'developer'];

/** @throws ServiceError invalid_request or payload_too_large naming what no session can hold */
export function assertKeepable(form: SessionForm, body: RequestBody): void {
  const entries = form.entriesOf(body);
  const most = maxAppended - 1;
  if (entries.length > most) refuse(form.member, `A turn of a session takes at most ${most} messages.`);
  entries.forEach(({ message }, index) => checkMessage(message, `${form.member}.${index}`));
}

function checkMessage(message: JsonObject, at: string): void {
  const fault = messageFault(withoutEmptyMembers(message));
  if (fault) refuse(fault.path ? `${at}.${fault.path}` : at, `'${at}' cannot be kept in a session: ${fault.fault}.`);
  if (bytesOf(message, at) <= maxMessageBytes) return;
  const limit = `A message of a session takes at most ${maxMessageBytes} bytes.`;
  throw new ServiceError('payload_too_large', limit, { param: at });
}

function bytesOf(message: JsonObject, at: string): number {
  try {
    return Buffer.byteLength(JSON.stringify(message));
  } catch {
    return refuse(at, `'${at}' is nested too deeply.`);
  }
}

/** What is said anew, and what was said before it, as a model takes both together. */
export interface Continuation {
  readonly history: readonly JsonObject[];
  readonly entries: readonly SessionEntry[];
}

/**
 * What is new of a request, behind what the session holds. Many applications send their system message with every request: one
 * that is in force already is not said twice. Calls that nobody has answered are not sent when the talk goes on without them.
 * @throws ServiceError invalid_request for what does not fit the history
 */
export function continuationOf(form: SessionForm, body: RequestBody, history: readonly JsonObject[]): Continuation {
  const all = form.entriesOf(body);
  const entries = withoutKnown(all, history);
  if (entries.length === 0) refuse(form.member, 'There is nothing new in the request that the session does not hold.');
  const { open, from } = lastCalls(history);
  const isLeftOpen = open.size > 0 && !isResult(entries[0]!.message);
  assertAnswered(entries, isLeftOpen ? new Set() : open, (entry) => `${form.member}.${all.indexOf(entry)}`);
  return { entries, history: isLeftOpen ? history.slice(0, from) : history };
}

/** Without the system messages that are in force: the last ones of the history, as many as the request has. */
function withoutKnown(entries: readonly SessionEntry[], history: readonly JsonObject[]): readonly SessionEntry[] {
  const { length } = entries.filter(({ message }) => isSystem(message));
  if (length === 0) return entries;
  const known = new Set(history.filter(isSystem).slice(-length).map(spelled));
  return entries.filter(({ message }) => !isSystem(message) || !known.has(spelled(message)));
}

function isSystem({ role = null }: JsonObject): boolean {
  return systemRoles.includes(role);
}

function spelled({ role = null, content = null }: JsonObject): string {
  return JSON.stringify([role, content]);
}

/** The calls at the end that wait for their results, and the place of the message that makes them. */
function lastCalls(history: readonly JsonObject[]): { open: Set<Json>; from: number } {
  const from = history.findLastIndex((message) => !isResult(message));
  const open = new Set(from < 0 ? [] : callsOf(history[from]!));
  for (const { tool_call_id: id = null } of history.slice(from + 1)) open.delete(id);
  return { open, from };
}

/** A result that answers no open call, or a call without its result, would be refused upstream, now and with every later request. */
function assertAnswered(
  entries: readonly SessionEntry[],
  before: ReadonlySet<Json>,
  placeOf: (entry: SessionEntry) => string,
): void {
  let open = new Set(before);
  for (const entry of entries) {
    const { message } = entry;
    const at = placeOf(entry);
    if (isResult(message)) {
      if (open.delete(message['tool_call_id'] ?? null)) continue;
      refuse(at, `'${at}' is the result of a call that the message before it did not make.`);
    }
    if (open.size > 0) refuse(at, `'${at}' comes before the results of the calls ${named(open)}.`);
    open = new Set(callsOf(message));
  }
  const at = placeOf(entries.at(-1)!);
  if (open.size > 0) refuse(at, `After '${at}' the results of the calls ${named(open)} are missing.`);
}

const isResult = ({ role = null }: JsonObject): boolean => role === 'tool';

const named = (calls: ReadonlySet<Json>): string =>
  [...calls].map((id) => (typeof id === 'string' ? `'${id}'` : 'null')).join(', ');

function callsOf({ tool_calls: calls }: JsonObject): Json[] {
  if (!Array.isArray(calls)) return [];
  return (calls as readonly JsonObject[]).map(({ id }) => id ?? null);
}
