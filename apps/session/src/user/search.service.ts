import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '#contracts';
import { decodeCursor, encodeCursor } from '#service';
import type { StoredMessage } from '../message/message-log.js';
import { MessageRepository } from '../message/message.repository.js';
import { readElement } from '../message/stored-element.js';
import type { UserScope } from './user-sessions.repository.js';
import { UserSessionsService } from './user-sessions.service.js';

/** Messages that one request looks through; the next page goes on behind them. */
const mostRead = 5_000;
const pieceLength = 200;
const snippetRadius = 80;

interface FoundMessage {
  readonly sessionId: string;
  readonly message: StoredMessage;
  readonly snippet: string;
}

export interface FoundPage {
  readonly found: readonly FoundMessage[];
  readonly nextCursor: string | null;
}

/** Where a search goes on: in which session, behind which place of the list, and above which message. */
interface Place {
  readonly list: string;
  readonly sessionId: string;
  readonly seq: number;
}

/** Text in a user's sessions, whatever its case: the last active session first, the last message first. */
@Injectable()
export class SearchService {
  constructor(
    private readonly users: UserSessionsService,
    private readonly messages: MessageRepository,
  ) {}

  /** @throws ServiceError invalid_request for a cursor that is not of such a search */
  async search(user: UserScope, text: string, limit: number, cursor?: string): Promise<FoundPage> {
    const wanted = text.toLocaleLowerCase();
    let place = cursor === undefined ? undefined : placeIn(cursor);
    let left = mostRead;
    const found: FoundMessage[] = [];
    while (left > 0 && found.length < limit) {
      place = place?.sessionId ? place : await this.nextSession(user, place?.list);
      if (!place) return { found, nextCursor: null };
      const piece = await this.piece(user, place);
      left -= pieceLength;
      for (const message of piece.messages) {
        const snippet = snippetOf(textOf(message.message), wanted);
        if (snippet === undefined) continue;
        found.push({ sessionId: place.sessionId, message, snippet });
        if (found.length === limit) return { found, nextCursor: cursorAt({ ...place, seq: message.seq - 1 }) };
      }
      place = piece.from > 1 ? { ...place, seq: piece.from - 1 } : { ...place, sessionId: '', seq: 0 };
    }
    return { found, nextCursor: place ? cursorAt(place) : null };
  }

  private async nextSession(user: UserScope, list: string | undefined): Promise<Place | undefined> {
    const { sessions, nextCursor } = await this.users.page(user, 1, list || undefined);
    const [session] = sessions;
    if (!session) return undefined;
    return { list: nextCursor ?? '', sessionId: session.sessionId, seq: session.lastSeq };
  }

  /** Newest first. */
  private async piece({ tenant, userId }: UserScope, { sessionId, seq }: Place) {
    const from = Math.max(1, seq - pieceLength + 1);
    if (seq < 1) return { from: 1, messages: [] };
    // The cursor came from outside: whatever session it names must be this user's own.
    const raw = await this.messages.page({ tenant, sessionId }, { userId, reach: 'own' }, from, seq);
    const read = (raw?.elements ?? []).map((element, index) => readElement(element, from + index));
    return { from, messages: read.filter((message) => message !== undefined).reverse() };
  }
}

function textOf({ content, refusal }: ChatMessage): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return refusal ?? '';
  const parts = content as readonly Record<string, unknown>[];
  return parts.map((part) => (typeof part['text'] === 'string' ? part['text'] : '')).join('\n');
}

function snippetOf(text: string, wanted: string): string | undefined {
  const at = text.toLocaleLowerCase().indexOf(wanted);
  if (at < 0) return undefined;
  return text.slice(Math.max(0, at - snippetRadius), at + wanted.length + snippetRadius);
}

function cursorAt({ list, sessionId, seq }: Place): string {
  return encodeCursor(`${list}:${sessionId}:${seq}`);
}

function placeIn(cursor: string): Place {
  const place = decodeCursor(cursor, /^[A-Za-z0-9_-]{0,250}:[A-Za-z0-9_.-]{0,128}:\d{1,7}$/);
  const [list = '', sessionId = '', seq] = place.split(':');
  return { list, sessionId, seq: Number(seq) };
}
