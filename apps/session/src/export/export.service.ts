import { Injectable } from '@nestjs/common';
import type { Asker } from '../conversation/asker.js';
import type { SessionAddress } from '../message/message-log.js';
import { messageView } from '../message/message-view.js';
import { MessageRepository, type RawMessages } from '../message/message.repository.js';
import { notedMessages } from '../message/message.service.js';
import { noSession } from '../session.errors.js';

const pieceLength = 100;

/** A whole history, read piece by piece as fast as it is taken. */
@Injectable()
export class ExportService {
  constructor(private readonly messages: MessageRepository) {}

  /** @throws ServiceError not_found, before the first line; while lines are read, a session that goes ends them with a fault */
  async lines(session: SessionAddress, asker: Asker): Promise<AsyncGenerator<string>> {
    const first = await this.messages.page(session, asker, 1, pieceLength);
    if (!first) throw noSession();
    return this.linesFrom(session, asker, first);
  }

  private async *linesFrom(session: SessionAddress, asker: Asker, first: RawMessages): AsyncGenerator<string> {
    const { lastSeq } = first.state;
    let piece: RawMessages | undefined = first;
    for (let from = 1; from <= lastSeq; from += pieceLength) {
      piece ??= await this.messages.page(session, asker, from, Math.min(from + pieceLength - 1, lastSeq));
      if (!piece) throw noSession();
      const lines = notedMessages(piece).map((message) => `${JSON.stringify(messageView(message))}\n`);
      if (lines.length > 0) yield lines.join('');
      piece = undefined;
    }
  }
}
