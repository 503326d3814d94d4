import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import type { Asker } from '../conversation/asker.js';
import { MessageLog, type LogState, type SessionAddress, type StoredMessage } from '../message/message-log.js';
import type { History } from './window.js';

/** Enough for most budgets in one round trip, and little to read in vain. */
const firstRead = 64;
const longestRead = 1_000;
/** What one context reads at most, whatever its budget; what lies before counts as dropped. */
const mostRead = 10_000;
/** Times that reading begins anew because a message was edited meanwhile. */
const mostTries = 3;

type Enough = (history: History) => boolean;

interface ReadHistory {
  readonly state: LogState;
  readonly history: History;
}

/** Reads a history backwards until it is enough: what it costs depends on the window, not on the length of the history. */
@Injectable()
export class HistoryReaderService {
  constructor(private readonly log: MessageLog) {}

  /** @returns nothing when the session is absent. @throws ServiceError unavailable when it is edited all the time */
  async read(session: SessionAddress, isEnough: Enough, asker?: Asker): Promise<ReadHistory | undefined> {
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const read = await this.readOnce(session, isEnough, asker);
      if (read !== 'edited') return read;
    }
    throw new ServiceError('unavailable', 'The session is being edited: ask again');
  }

  private async readOnce(
    session: SessionAddress,
    isEnough: Enough,
    asker: Asker | undefined,
  ): Promise<ReadHistory | 'edited' | undefined> {
    const tail = await this.log.tail(session, firstRead, asker);
    if (!tail) return undefined;
    const { state } = tail;
    let history = beginning(state, tail.messages);
    for (let count = firstRead; history.from > 1 && !isEnough(history); count = Math.min(2 * count, longestRead)) {
      if (state.lastSeq - history.from >= mostRead) break;
      const from = Math.max(1, history.from - count);
      const older = await this.log.range(session, from, history.from - 1);
      if (!older) return undefined;
      if (older.state.edition !== state.edition || older.state.createdAt !== state.createdAt) return 'edited';
      history = { ...history, from, messages: [...older.messages, ...history.messages] };
    }
    return { state, history };
  }
}

function beginning({ lastSeq, systemSeqs }: LogState, messages: readonly StoredMessage[]): History {
  const from = Math.max(1, lastSeq - firstRead + 1);
  const listed = new Set(systemSeqs);
  return {
    from,
    lastSeq,
    messages: messages.filter(({ seq }) => seq >= from),
    system: messages.filter(({ seq }) => listed.has(seq)),
  };
}
