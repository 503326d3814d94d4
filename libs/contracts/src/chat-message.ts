import { messageRoles, type ChatMessage, type MessageRole } from './session-message.js';

/** What is wrong with a member of a message. */
export interface MessageFault {
  /** Path inside of the message: `content.0.text`; empty: the message itself. */
  readonly path: string;
  readonly fault: string;
}

const maxNameLength = 256;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const isName = (value: unknown): value is string => isText(value) && value.length <= maxNameLength;

/** Drops members that say nothing (`tool_calls: null`), which some servers send; content may be null. */
export function withoutEmptyMembers(message: Record<string, unknown>): Record<string, unknown> {
  const isSaid = ([name, value]: [string, unknown]) =>
    name === 'content' || !(value == null || (name === 'tool_calls' && Array.isArray(value) && value.length === 0));
  return Object.fromEntries(Object.entries(message).filter(isSaid));
}

/**
 * The first thing that is wrong with a message of OpenAI's chat API, or nothing.
 * @param isPartial an interrupted answer may have no content yet
 */
export function messageFault(message: Record<string, unknown>, isPartial = false): MessageFault | undefined {
  const { role } = message;
  if (!messageRoles.includes(role as MessageRole)) {
    return { path: 'role', fault: `role must be one of ${messageRoles.join(', ')}` };
  }
  return nameFault(message) ?? toolFault(message) ?? refusalFault(message) ?? contentFault(message, isPartial);
}

function nameFault({ name }: Record<string, unknown>): MessageFault | undefined {
  if (name === undefined || isName(name)) return undefined;
  return { path: 'name', fault: `name must be 1 to ${maxNameLength} characters` };
}

function toolFault({ role, tool_calls: calls, tool_call_id: id }: Record<string, unknown>): MessageFault | undefined {
  if (role === 'tool' && !isName(id)) {
    return { path: 'tool_call_id', fault: 'tool_call_id must name the call that the message answers' };
  }
  if (role !== 'tool' && id !== undefined) {
    return { path: 'tool_call_id', fault: 'tool_call_id is only for messages of role tool' };
  }
  if (calls === undefined) return undefined;
  if (role !== 'assistant') return { path: 'tool_calls', fault: 'tool_calls are only for messages of role assistant' };
  if (!Array.isArray(calls)) return { path: 'tool_calls', fault: 'tool_calls must be a list' };
  return callsFault(calls);
}

function callsFault(calls: readonly unknown[]): MessageFault | undefined {
  const ids = new Set<string>();
  for (const [index, call] of calls.entries()) {
    const path = `tool_calls.${index}`;
    if (!isRecord(call)) return { path, fault: `${path} must be an object` };
    if (!isName(call['id']))
      return { path: `${path}.id`, fault: `${path}.id must be 1 to ${maxNameLength} characters` };
    if (ids.has(call['id'])) return { path: `${path}.id`, fault: `${path}.id is that of another call` };
    ids.add(call['id']);
    const named = call['function'] ?? call['custom'];
    if (!isRecord(named) || !isName(named['name'])) {
      return { path: `${path}.function.name`, fault: `${path}.function.name must be 1 to ${maxNameLength} characters` };
    }
  }
  return undefined;
}

function refusalFault({ role, refusal }: Record<string, unknown>): MessageFault | undefined {
  if (refusal === undefined || (role === 'assistant' && typeof refusal === 'string')) return undefined;
  return { path: 'refusal', fault: 'refusal must be a text, and is only for messages of role assistant' };
}

function contentFault(message: Record<string, unknown>, isPartial: boolean): MessageFault | undefined {
  const { role, content } = message;
  if (Array.isArray(content)) return partsFault(content);
  if (isText(content)) return undefined;
  if (content != null && content !== '') {
    return { path: 'content', fault: 'content must be a text or a list of parts' };
  }
  if (role === 'assistant' && (isPartial || saysSomething(message))) return undefined;
  // A tool may well have nothing to say, but then it says so.
  if (role === 'tool' && content === '') return undefined;
  return { path: 'content', fault: 'content must not be empty' };
}

/** What an assistant may send instead of content. */
function saysSomething({ tool_calls: calls, refusal, audio, function_call: call }: Record<string, unknown>): boolean {
  return calls !== undefined || isText(refusal) || isRecord(audio) || isRecord(call);
}

function partsFault(parts: readonly unknown[]): MessageFault | undefined {
  if (parts.length === 0) return { path: 'content', fault: 'content must not be empty' };
  for (const [index, part] of parts.entries()) {
    const path = `content.${index}`;
    if (!isRecord(part) || !isName(part['type'])) return { path, fault: `${path} must be a part with a type` };
    // Of parts that Larder does not know nothing is expected.
    const { type } = part;
    if ((type === 'text' || type === 'refusal') && !isText(part[type])) {
      return { path: `${path}.${type}`, fault: `${path}.${type} must not be empty` };
    }
    if (type === 'image_url' && !(isRecord(part['image_url']) && isText(part['image_url']['url']))) {
      return { path: `${path}.image_url.url`, fault: `${path}.image_url.url must be a URL` };
    }
  }
  return undefined;
}

/** The ids of the calls that a message makes, or of the one that it answers. */
export function callIds(message: ChatMessage): string[] {
  if (message.role === 'tool') return [String(message.tool_call_id)];
  return (message.tool_calls ?? []).map(({ id }) => String(id));
}
