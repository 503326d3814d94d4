import { Injectable } from '@nestjs/common';
import type { AppendReply, NewMessage, SessionContext } from '#contracts';
import type { Asker } from '../conversation/asker.js';
import { MessageAppendService } from '../message/message-append.service.js';
import type { SessionAddress } from '../message/message-log.js';
import { ContextReader, type ContextWish } from './context-reader.js';

export interface AppendWish {
  readonly messages: readonly NewMessage[];
  readonly expectedSeq?: number;
  readonly context: ContextWish;
}

export interface AppendedWithContext {
  readonly reply: AppendReply | { readonly state: 'lost' };
  /** Absent when nothing was appended, or when what was does not fit: the append stands all the same. */
  readonly context?: SessionContext;
}

/** Appends, and tells what fits the model then: both in one round trip to Redis. */
@Injectable()
export class AppendWithContextService {
  constructor(
    private readonly appends: MessageAppendService,
    private readonly contexts: ContextReader,
  ) {}

  /** @throws ServiceError as an append does */
  async append(session: SessionAddress, asker: Asker, wish: AppendWish): Promise<AppendedWithContext> {
    const { messages, expectedSeq, context: wanted } = wish;
    let context: SessionContext | undefined;
    const read = async (): Promise<void> => {
      context = await this.contexts.read(session, wanted, asker).catch(() => undefined);
    };
    const conditions = { thereupon: read, ...(expectedSeq !== undefined && { expectedSeq }) };
    const reply = await this.appends.append(session, asker, messages, conditions);
    if (reply.state !== 'appended') return { reply };
    // Commands of one connection keep their order, but a redirection in a cluster may break it.
    if (!context || context.lastSeq < reply.lastSeq) await read();
    return context ? { reply, context } : { reply };
  }
}
