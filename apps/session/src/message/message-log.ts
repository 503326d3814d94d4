import type { ChatMessage, MessageStatus } from '#contracts';
import type { Asker } from '../conversation/asker.js';

/** One session of one tenant. */
export interface SessionAddress {
  readonly tenant: string;
  readonly sessionId: string;
}

/** Tokens of one message by the family of the tokenizer (`o200k`, `cl100k`, …), counted once when it was appended or edited. */
export type TokenCounts = Readonly<Record<string, number>>;

/** A message as it lies in the log. `seq` counts from 1 without gaps; a deleted message keeps its number and nothing else. */
export interface StoredMessage {
  readonly id: string;
  readonly seq: number;
  readonly message: ChatMessage;
  readonly tokens: TokenCounts;
  /** Epoch milliseconds; never less than that of the message before. */
  readonly createdAt: number;
  readonly status: MessageStatus;
  /** From 1; each edit counts one. */
  readonly version: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly editedAt?: number;
}

/** What is known of a log without reading it. */
export interface LogState {
  /** 0: nothing was ever appended. */
  readonly lastSeq: number;
  /** How many of them were deleted. */
  readonly deleted: number;
  /** Changes with every edit and deletion. */
  readonly edition: number;
  /** The system and developer messages, in order; the first 32 of them. */
  readonly systemSeqs: readonly number[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds at which all keys of the session go. */
  readonly expiresAt: number;
}

export interface LogWindow {
  readonly state: LogState;
  /** In order of `seq`, without those that were deleted. */
  readonly messages: readonly StoredMessage[];
  /** Characters of the elements that were read. */
  readonly size: number;
}

/** How far a log was read before. It names the last element by its time and id, for a failover may put another in its place. */
export interface LogMark {
  readonly createdAt: number;
  readonly edition: number;
  readonly lastSeq: number;
  readonly element: string;
}

export interface LogTail extends LogWindow {
  /** Whether the messages go on where the mark stands, with nothing changed before. */
  readonly continues: boolean;
  /** Where the log ends now. */
  readonly mark: LogMark;
}

/** Reads of a session's messages; each costs what it returns, however long the history is. Nothing when the session is absent. */
export abstract class MessageLog {
  /**
   * The last `count` numbers of the log and, beside them, the system messages that lie before: one round trip, one moment.
   * With a mark that still holds, what has come since. Without an asker, whether the session may be seen was settled before.
   */
  abstract tail(session: SessionAddress, count: number, asker?: Asker, mark?: LogMark): Promise<LogTail | undefined>;
  /** Both ends included; numbers that are not there are left out. */
  abstract range(session: SessionAddress, fromSeq: number, toSeq: number): Promise<LogWindow | undefined>;
}
