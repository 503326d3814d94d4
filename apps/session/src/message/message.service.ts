import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { decodeCursor, encodeCursor } from '#service';
import { ArchiveOutbox } from '../archive/archive-outbox.js';
import type { Asker } from '../conversation/asker.js';
import { mergePatch, parseObject } from '../conversation/merge-patch.js';
import { noMessage, noSession } from '../session.errors.js';
import { MessageAppendService } from './message-append.service.js';
import type { SessionAddress, StoredMessage } from './message-log.js';
import { MessageRepository, type RawMessages } from './message.repository.js';
import { MessageWritesRepository, type ChangeOutcome } from './message-writes.repository.js';
import { checkMessage, elementJson, maxNoteBytes } from './prepare-message.js';
import { elementBody, readElement } from './stored-element.js';
import { TokenCounter } from './token-counter.js';

/** Times that a change is made anew because somebody else was faster. */
const mostTries = 10;

/** What is noted beside a message after it was appended. */
export interface MessageNotes {
  readonly metadata?: Record<string, unknown>;
  readonly reactions?: Record<string, unknown>;
}

export interface NotedMessage extends StoredMessage {
  readonly reactions?: Record<string, unknown>;
}

export interface MessagePage {
  readonly messages: readonly NotedMessage[];
  readonly nextCursor: string | null;
}

export interface MessagePatch extends MessageNotes {
  readonly content?: unknown;
  /** The version that the writer has seen; any other refuses. */
  readonly version?: number;
}

/** Messages by page and by id, and what may be changed of them. */
@Injectable()
export class MessageService {
  constructor(
    private readonly messages: MessageRepository,
    private readonly writes: MessageWritesRepository,
    private readonly appends: MessageAppendService,
    private readonly tokens: TokenCounter,
    private readonly archive: ArchiveOutbox,
  ) {}

  /** @throws ServiceError not_found; invalid_request for a cursor that is not of this list */
  async page(
    session: SessionAddress,
    asker: Asker,
    { order, limit, cursor }: { order: 'asc' | 'desc'; limit: number; cursor: string | undefined },
  ): Promise<MessagePage> {
    const place = cursor === undefined ? undefined : placeIn(cursor, order);
    const [from, to] =
      order === 'asc'
        ? [place ?? 1, (place ?? 1) + limit - 1]
        : place
          ? [Math.max(1, place - limit + 1), place]
          : [-limit, 0];
    const raw = await this.messages.page(session, asker, from, to);
    if (!raw) throw noSession();
    const found = notedMessages(raw);
    const end = raw.from + raw.elements.length;
    if (order === 'asc') return { messages: found, nextCursor: end <= raw.state.lastSeq ? cursorAt('asc', end) : null };
    return { messages: found.reverse(), nextCursor: raw.from > 1 ? cursorAt('desc', raw.from - 1) : null };
  }

  /** @throws ServiceError not_found */
  async find(
    session: SessionAddress,
    asker: Asker,
    messageId: string,
  ): Promise<{ message: NotedMessage; mark: string; earlier: StoredMessage[] }> {
    const found = await this.messages.find(session, asker, messageId);
    if (found === 'absent') throw noSession();
    const message = found === 'unknown' ? undefined : readElement(found.element, found.seq);
    if (found === 'unknown' || !message) throw noMessage();
    const earlier = found.earlier.map((element) => readElement(element, found.seq)).filter((one) => one !== undefined);
    return { message: noted(message, found.mark), mark: found.mark, earlier };
  }

  /** @throws ServiceError not_found, conflict when `version` is another one, invalid_request */
  async patch(session: SessionAddress, asker: Asker, messageId: string, patch: MessagePatch): Promise<NotedMessage> {
    const { content, version, ...notes } = patch;
    const isEdit = content !== undefined;
    if (isEdit) await this.edit(session, asker, messageId, patch);
    // Its own edit has given it another version.
    const seen = isEdit || version === undefined ? notes : { ...notes, version };
    if (patch.metadata || patch.reactions) await this.note(session, asker, messageId, seen);
    const { message } = await this.find(session, asker, messageId);
    assertVersion(message, isEdit ? undefined : version);
    return message;
  }

  async delete(session: SessionAddress, asker: Asker, messageId: string): Promise<void> {
    await this.again(async () => {
      const { version } = (await this.find(session, asker, messageId)).message;
      return this.change(session, asker, { messageId, version, json: undefined });
    });
  }

  private async edit(session: SessionAddress, asker: Asker, messageId: string, patch: MessagePatch): Promise<void> {
    await this.again(async () => {
      const { message } = await this.find(session, asker, messageId);
      assertVersion(message, patch.version);
      const body = elementBody(message);
      const edited = { ...body, message: { ...body.message, content: patch.content as string } };
      const checked = checkMessage(edited, '');
      const json = elementJson(checked, await this.tokens.count(checked.message));
      return this.change(session, asker, { messageId, version: message.version, json });
    });
  }

  private change(
    session: SessionAddress,
    asker: Asker,
    edit: { messageId: string; version: number; json: string | undefined },
  ): Promise<ChangeOutcome> {
    const input = { ...edit, isArchived: this.archive.isOn };
    return this.appends.listed(session, asker, () => this.writes.edit(session, asker, input));
  }

  private async note(
    session: SessionAddress,
    asker: Asker,
    messageId: string,
    { version, ...notes }: MessageNotes & Pick<MessagePatch, 'version'>,
  ): Promise<void> {
    await this.again(async () => {
      const { mark, message } = await this.find(session, asker, messageId);
      assertVersion(message, version);
      const after = JSON.stringify({
        ...parseObject(mark),
        ...(notes.metadata && { metadata: mergePatch(message.metadata ?? {}, notes.metadata) }),
        ...(notes.reactions && { reactions: mergePatch(message.reactions ?? {}, notes.reactions) }),
      });
      if (Buffer.byteLength(after) > maxNoteBytes) {
        throw new ServiceError('payload_too_large', `Metadata and reactions take at most ${maxNoteBytes} bytes`);
      }
      const change = { messageId, before: mark, after, ...(version !== undefined && { version }) };
      return this.appends.listed(session, asker, () => this.writes.mark(session, asker, change));
    });
  }

  /** Somebody else may change the message between its reading and its writing. */
  private async again(attempt: () => Promise<ChangeOutcome>): Promise<void> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const { state } = await attempt();
      if (state === 'done') return;
      if (state === 'absent') throw noSession();
      if (state === 'unknown') throw noMessage();
    }
    throw new ServiceError('conflict', 'The message is being changed by others');
  }
}

function assertVersion(message: StoredMessage, version: number | undefined): void {
  if (version === undefined || version === message.version) return;
  throw new ServiceError('conflict', 'The message has another version', { extension: { version: message.version } });
}

export function notedMessages({ from, elements, marks }: RawMessages): NotedMessage[] {
  const messages = elements.map((element, index) => {
    const message = readElement(element, from + index);
    return message && noted(message, marks[index] ?? '');
  });
  return messages.filter((message) => message !== undefined);
}

function noted(message: StoredMessage, mark: string): NotedMessage {
  return mark === '' ? message : { ...message, ...(parseObject(mark) as MessageNotes) };
}

function cursorAt(order: 'asc' | 'desc', seq: number): string {
  return encodeCursor(`${order}.${seq}`);
}

function placeIn(cursor: string, order: 'asc' | 'desc'): number {
  const place = decodeCursor(cursor, /^(asc|desc)\.[1-9]\d{0,6}$/);
  const [made, seq] = place.split('.');
  if (made === order) return Number(seq);
  throw new ServiceError('invalid_request', `cursor is of a list in order ${made}`, { param: 'cursor' });
}
