import type { ChatMessage, MessageStatus } from '#contracts';
import type { StoredMessage, TokenCounts } from './message-log.js';

/** What stands in the log as JSON; the rest of an element (times, version) is the scripts' to write. */
export interface ElementBody {
  readonly id: string;
  readonly message: ChatMessage;
  readonly tokens: TokenCounts;
  /** Absent: `complete`. */
  readonly status?: MessageStatus;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const elementPattern = /^(\d+)\|(\d+)\|(\d*)\|/;

/** `<created at>|<version>|<edited at>|<JSON>`; nothing behind the last bar: the message was deleted. */
export function readElement(element: string, seq: number): StoredMessage | undefined {
  const head = elementPattern.exec(element);
  if (!head || element.length === head[0].length) return undefined;
  const { status = 'complete', ...body } = JSON.parse(element.slice(head[0].length)) as ElementBody;
  const [, createdAt, version, editedAt] = head;
  return {
    ...body,
    seq,
    status,
    createdAt: Number(createdAt),
    version: Number(version),
    ...(editedAt && { editedAt: Number(editedAt) }),
  };
}

/** The message of an element again, as it is to be kept. */
export function elementBody({ id, message, tokens, status, metadata }: StoredMessage): ElementBody {
  return { id, message, tokens, ...(status !== 'complete' && { status }), ...(metadata && { metadata }) };
}
