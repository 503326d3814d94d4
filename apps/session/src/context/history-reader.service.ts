import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import type { Asker } from '../conversation/asker.js';
import { MessageLog, type LogState, type LogTail, type SessionAddress } from '../message/message-log.js';
import { HistoryMemory, type RememberedHistory } from './history-memory.js';
import type { History } from './window.js';

/** Enough for most budgets in one round trip, and little to read in vain. */
const firstRead = 64;
const longestRead = 1_000;
/** What one context reads at most, whatever its budget; what lies before counts as dropped. */
const mostRead = 10_000;
/** Messages that are remembered of a history at least, where it has so many. */
const leastKept = 16;
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
  private readonly memory = new HistoryMemory();

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
    const known = this.memory.recall(session);
    const tail = await this.log.tail(session, firstRead, asker, known?.mark);
    if (!tail) {
      this.memory.forget(session);
      return undefined;
    }
    const { state, mark } = tail;
    const begun = known && tail.continues ? continued(known, tail) : beginning(tail);
    const read = await this.readBack(session, begun, state, isEnough);
    if (read === 'edited' || read === 'absent') return read === 'edited' ? read : undefined;
    const hasGrownLittle =
      read.readLength === known?.readLength && read.history.messages.length < 2 * Math.max(leastKept, read.readLength);
    this.memory.keep(session, { ...(hasGrownLittle ? read : shortened(read, isEnough)), mark });
    return { state, history: read.history };
  }

  private async readBack(
    session: SessionAddress,
    begun: Piece,
    { lastSeq, edition, createdAt }: LogState,
    isEnough: Enough,
  ): Promise<Piece | 'edited' | 'absent'> {
    let piece = begun;
    const earliest = earliestOf(lastSeq);
    for (let count = firstRead; piece.history.from > earliest; count = Math.min(2 * count, longestRead)) {
      const { history } = piece;
      if (isEnough(history)) return piece;
      const from = Math.max(earliest, history.from - count);
      const older = await this.log.range(session, from, history.from - 1);
      if (!older) return 'absent';
      if (older.state.edition !== edition || older.state.createdAt !== createdAt) return 'edited';
      const messages = [...older.messages, ...history.messages];
      piece = { history: { ...history, from, messages }, size: piece.size + older.size, readLength: messages.length };
    }
    return piece;
  }
}

/** Where a context's reading ends, whatever its budget. */
const earliestOf = (lastSeq: number): number => Math.max(1, lastSeq - mostRead + 1);

type Piece = Pick<RememberedHistory, 'history' | 'size' | 'readLength'>;

function beginning({ state: { lastSeq, systemSeqs }, messages, size }: LogTail): Piece {
  const from = Math.max(1, lastSeq - firstRead + 1);
  const listed = new Set(systemSeqs);
  const history = {
    from,
    lastSeq,
    messages: messages.filter(({ seq }) => seq >= from),
    system: messages.filter(({ seq }) => listed.has(seq)),
  };
  return { history, size, readLength: messages.length };
}

/** Without what is not needed at the beginning. */
function shortened({ history: whole, size }: Piece, isEnough: Enough): Piece {
  let history = whole;
  for (let half = latterHalf(history); half.messages.length >= leastKept && isEnough(half); half = latterHalf(half)) {
    history = half;
  }
  const readLength = history.messages.length;
  return { history, size: Math.ceil((size * readLength) / Math.max(1, whole.messages.length)), readLength };
}

function latterHalf(history: History): History {
  const messages = history.messages.slice(Math.ceil(history.messages.length / 2));
  return { ...history, messages, from: messages[0]?.seq ?? history.from };
}

/** What was known, and behind it what has come since. */
function continued({ history, size, readLength }: RememberedHistory, tail: LogTail): Piece {
  const { lastSeq, systemSeqs } = tail.state;
  if (tail.messages.length === 0) return { history: { ...history, lastSeq }, size, readLength };
  const system = tail.messages.filter(({ seq }) => systemSeqs.includes(seq));
  const earliest = earliestOf(lastSeq);
  const kept = history.from < earliest ? history.messages.filter(({ seq }) => seq >= earliest) : history.messages;
  return {
    history: {
      from: Math.max(history.from, earliest),
      lastSeq,
      messages: [...kept, ...tail.messages],
      system: system.length > 0 ? [...history.system, ...system] : history.system,
    },
    size: size + tail.size,
    readLength,
  };
}
