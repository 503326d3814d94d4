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

/**
 * What is new of it. Many applications send their system message with every request: one that the history holds already is
 * not said twice.
 * @throws ServiceError invalid_request for what does not fit the history
 */
export function newEntries(
  form: SessionForm,
  body: RequestBody,
  history: readonly JsonObject[],
): readonly SessionEntry[] {
  const entries = form.entriesOf(body);
  const known = new Set(history.filter(isSystem).map(spelled));
  const fresh = entries.filter(({ message }) => !isSystem(message) || !known.has(spelled(message)));
  if (fresh.length === 0) refuse(form.member, 'There is nothing new in the request that the session does not hold.');
  const orphan = orphanOf(fresh, history);
  if (orphan) {
    const at = `${form.member}.${entries.indexOf(orphan)}`;
    refuse(at, `'${at}' is the result of a call that the message before it did not make.`);
  }
  return fresh;
}

function isSystem({ role = null }: JsonObject): boolean {
  return systemRoles.includes(role);
}

function spelled({ role = null, content = null }: JsonObject): string {
  return JSON.stringify([role, content]);
}

/** A result that answers no open call would make every later request of the session fail upstream. */
function orphanOf(entries: readonly SessionEntry[], history: readonly JsonObject[]): SessionEntry | undefined {
  let open = new Set<Json>();
  const fits = (message: JsonObject): boolean => {
    if (message['role'] === 'tool') return open.delete(message['tool_call_id'] ?? null);
    open = new Set(callsOf(message));
    return true;
  };
  history.forEach(fits);
  return entries.find(({ message }) => !fits(message));
}

function callsOf({ tool_calls: calls }: JsonObject): Json[] {
  if (!Array.isArray(calls)) return [];
  return (calls as readonly JsonObject[]).map(({ id }) => id ?? null);
}
