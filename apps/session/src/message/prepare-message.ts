import { hash } from 'node:crypto';
import {
  callIds,
  identifierPattern,
  maxMessageBytes,
  messageFault,
  messageStatuses,
  ServiceError,
  withoutEmptyMembers,
  type ChatMessage,
  type NewMessage,
} from '#contracts';
import { newId } from '#service';
import type { TokenCounts } from './message-log.js';
import type { PreparedMessage } from './message-writes.repository.js';
import type { ElementBody } from './stored-element.js';

/** Bytes of what is noted beside one message. */
export const maxNoteBytes = 16_384;

/** What Larder keeps beside a message; a message that came out of it may be put in again. */
const besides = [
  'id',
  'metadata',
  'status',
  'seq',
  'tokens',
  'createdAt',
  'version',
  'editedAt',
  'reactions',
  'earlier',
];

/** A message of the session API: OpenAI's members and Larder's side by side. @throws ServiceError invalid_request */
export function splitMessage(record: Record<string, unknown>, path: string): NewMessage {
  const { id, metadata, status } = record;
  if (id !== undefined && !(typeof id === 'string' && identifierPattern.test(id))) {
    throw invalid(`${path}.id`, `must be 1 to 128 letters, digits, "_", "." or "-"`);
  }
  if (metadata != null && (typeof metadata !== 'object' || Array.isArray(metadata))) {
    throw invalid(`${path}.metadata`, 'must be an object');
  }
  if (status !== undefined && !messageStatuses.includes(status as NewMessage['status'] & string)) {
    throw invalid(`${path}.status`, `must be one of ${messageStatuses.join(', ')}`);
  }
  const message = Object.fromEntries(Object.entries(record).filter(([name]) => !besides.includes(name)));
  return {
    message: message as ChatMessage,
    ...(id !== undefined && { id }),
    ...(metadata != null && { metadata: metadata as Record<string, unknown> }),
    ...(status !== undefined && { status: status as NewMessage['status'] & string }),
  };
}

/** A message that was found good, in the form that is kept. */
export type CheckedMessage = Omit<ElementBody, 'tokens'> & {
  /** Everything of it but id and token counts as JSON members, written once for its size, its digest and the log. */
  readonly json: string;
};

/**
 * @param path where the message stands in a request; empty: its members are the request's own
 * @throws ServiceError invalid_request or payload_too_large, naming the member
 */
export function checkMessage({ id, message, status, metadata }: NewMessage, path: string): CheckedMessage {
  const said = withoutEmptyMembers(message);
  const fault = messageFault(said, status === 'interrupted');
  if (fault) {
    const param = member(path, fault.path);
    throw new ServiceError('invalid_request', path ? `${path}: ${fault.fault}` : fault.fault, param ? { param } : {});
  }
  if (metadata && Buffer.byteLength(JSON.stringify(metadata)) > maxNoteBytes) {
    const param = member(path, 'metadata');
    throw new ServiceError('payload_too_large', `${param} takes at most ${maxNoteBytes} bytes`, { param });
  }
  const kept = {
    message: said as ChatMessage,
    ...(status === 'interrupted' && { status }),
    ...(metadata && { metadata }),
  };
  return { id: id ?? newId(), ...kept, json: boundedJson(kept, path).slice(1, -1) };
}

/** The same id must not stand for two messages, in one append neither. @throws ServiceError invalid_request */
export function assertOwnIds(messages: readonly CheckedMessage[]): void {
  const ids = new Set<string>();
  for (const [index, { id }] of messages.entries()) {
    if (ids.has(id)) throw invalid(`messages.${index}.id`, 'is that of another message');
    ids.add(id);
  }
}

export function prepareMessage(checked: CheckedMessage, tokens: TokenCounts): PreparedMessage {
  const { id, message, json } = checked;
  const kind = message.role === 'system' || message.role === 'developer' ? 'system' : 'other';
  return {
    id,
    digest: shortDigest(json),
    kind: message.role === 'tool' ? 'tool' : kind,
    calls: callIds(message).map(shortDigest),
    element: elementJson(checked, tokens),
  };
}

/** The JSON of an `ElementBody`. */
export function elementJson({ id, json }: CheckedMessage, tokens: TokenCounts): string {
  return `{"id":${JSON.stringify(id)},${json},"tokens":${JSON.stringify(tokens)}}`;
}

/** Which tool calls wait for their results after a message, as their hashes; the append script decides the same. */
export function openCallsAfter(message: ChatMessage, before: readonly string[]): string[] {
  const calls = callIds(message).map(shortDigest);
  return message.role === 'tool' ? before.filter((call) => !calls.includes(call)) : calls;
}

function boundedJson(kept: object, path: string): string {
  let json: string;
  try {
    json = JSON.stringify(kept);
  } catch {
    throw invalid(path || 'content', 'is nested too deeply');
  }
  if (Buffer.byteLength(json) > maxMessageBytes) {
    const param = path || 'content';
    throw new ServiceError('payload_too_large', `${param} is larger than ${maxMessageBytes} bytes`, { param });
  }
  return json;
}

const member = (path: string, name: string): string => [path, name].filter(Boolean).join('.');

function shortDigest(text: string): string {
  return hash('sha256', text).slice(0, 16);
}

function invalid(param: string, fault: string): ServiceError {
  return new ServiceError('invalid_request', `${param} ${fault}`, { param });
}
