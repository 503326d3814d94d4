import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { newId } from '#service';
import { ArchiveOutbox } from '../archive/archive-outbox.js';
import type { Asker } from '../conversation/asker.js';
import type { StoredSession } from '../conversation/conversation.repository.js';
import { ConversationService } from '../conversation/conversation.service.js';
import { metadataText, parseObject } from '../conversation/merge-patch.js';
import type { SessionAddress, StoredMessage } from '../message/message-log.js';
import { MessageRepository } from '../message/message.repository.js';
import { openCallsAfter } from '../message/prepare-message.js';
import { readElement } from '../message/stored-element.js';
import { noMessage, noSession } from '../session.errors.js';
import { UserSessionsRepository } from '../user/user-sessions.repository.js';
import { ForkRepository, type CopiedMessage } from './fork.repository.js';

/** Messages of one piece. */
const pieceLength = 25;
const mostSystem = 32;

export interface ForkWish {
  /** The last message that is taken along; all of them when neither is given. */
  readonly atSeq?: number;
  readonly messageId?: string;
  readonly ttlSeconds?: number;
  /** Of the new session; those of the old one when absent. */
  readonly metadata?: Record<string, unknown>;
}

/** A new session with the beginning of another: what was said differently from there on leaves the first one as it is. */
@Injectable()
export class ForkService {
  constructor(
    private readonly conversations: ConversationService,
    private readonly messages: MessageRepository,
    private readonly forks: ForkRepository,
    private readonly users: UserSessionsRepository,
    private readonly archive: ArchiveOutbox,
  ) {}

  /** @throws ServiceError not_found for the session or the message */
  async fork(source: SessionAddress, asker: Asker, wish: ForkWish): Promise<StoredSession> {
    const origin = await this.conversations.read(source, asker);
    const lastSeq = await this.lastSeq(source, asker, wish, origin.lastSeq);
    const { tenant } = source;
    const sessionId = newId();
    const target = { tenant, sessionId };
    const user = origin.user;
    const ttlMs = wish.ttlSeconds === undefined ? origin.ttlMs : wish.ttlSeconds * 1_000;
    const now = Date.now();
    if (user) await this.users.list({ tenant, userId: user }, sessionId, now, now + ttlMs);
    if (this.archive.isOn) await this.archive.expect(target);
    const history = new CopiedHistory();
    for (let from = 1; from <= lastSeq; from += pieceLength) {
      const raw = await this.messages.page(source, asker, from, Math.min(from + pieceLength - 1, lastSeq));
      if (!raw) throw noSession();
      const piece = raw.elements.map((element, index) => history.take(element, from + index, raw.marks[index] ?? ''));
      await this.forks.copy(target, piece, { user, isArchived: this.archive.isOn });
    }
    const metadata = metadataText(wish.metadata ?? parseObject(origin.metadata));
    const last = { ttlMs, metadata, ...history.state() };
    await this.forks.copy(target, [], { user, isArchived: this.archive.isOn, last });
    return this.conversations.read(target, { reach: 'any' });
  }

  private async lastSeq(source: SessionAddress, asker: Asker, { atSeq, messageId }: ForkWish, last: number) {
    if (messageId !== undefined && atSeq !== undefined) {
      throw new ServiceError('invalid_request', 'Either atSeq or messageId says where to fork', { param: 'atSeq' });
    }
    if (messageId !== undefined) {
      const found = await this.messages.find(source, asker, messageId);
      if (typeof found === 'string') throw found === 'absent' ? noSession() : noMessage();
      return found.seq;
    }
    if (atSeq === undefined || atSeq <= last) return atSeq ?? last;
    throw new ServiceError('invalid_request', `atSeq must be at most ${last}`, { param: 'atSeq' });
  }
}

/** Follows what the appends of a history would have noted of it. */
class CopiedHistory {
  private readonly systemSeqs: number[] = [];
  private openCalls: string[] = [];
  private deleted = 0;

  take(element: string, seq: number, mark: string): CopiedMessage {
    const message = readElement(element, seq);
    if (message) this.follow(message);
    else this.deleted += 1;
    return { element, id: message?.id ?? '', mark };
  }

  state() {
    return { systemSeqs: this.systemSeqs, openCalls: this.openCalls, deleted: this.deleted };
  }

  private follow({ seq, message }: StoredMessage): void {
    const isSystem = message.role === 'system' || message.role === 'developer';
    if (isSystem && this.systemSeqs.length < mostSystem) this.systemSeqs.push(seq);
    this.openCalls = openCallsAfter(message, this.openCalls);
  }
}
