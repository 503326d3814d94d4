import type { LogMark, SessionAddress } from '../message/message-log.js';
import type { History } from './window.js';

/** Characters of messages that are remembered, and of one history; objects take about twice as much in bytes. */
const mostCharacters = 16_000_000;
const longestHistory = 1_000_000;
/** A history that nobody asked for in this time is forgotten. */
const keptMs = 60_000;

/** A history that was read, and where the log ended then. */
export interface RememberedHistory {
  readonly history: History;
  readonly mark: LogMark;
  /** Characters of its messages. */
  readonly size: number;
  /** How many messages it had before those that came since were added behind. */
  readonly readLength: number;
}

/**
 * The ends of histories that were asked for a moment ago, so that a turn reads and parses only what is new. It is never trusted
 * by itself: whether what it holds is still so is decided by the script that reads what has come since.
 */
export class HistoryMemory {
  /** The one that was used last comes last. */
  private readonly histories = new Map<string, RememberedHistory & { readonly usedAt: number }>();
  private characters = 0;
  private timer: NodeJS.Timeout | undefined;

  recall(session: SessionAddress): RememberedHistory | undefined {
    return this.histories.get(keyOf(session));
  }

  keep(session: SessionAddress, remembered: RememberedHistory): void {
    this.forget(session);
    if (remembered.size > longestHistory) return;
    this.histories.set(keyOf(session), { ...remembered, usedAt: performance.now() });
    this.characters += remembered.size;
    this.makeRoom();
    this.timer ??= setTimeout(() => this.forgetOld(), keptMs).unref();
  }

  forget(session: SessionAddress): void {
    const known = this.histories.get(keyOf(session));
    if (!known) return;
    this.histories.delete(keyOf(session));
    this.characters -= known.size;
  }

  private makeRoom(): void {
    for (const [key, { size }] of this.histories) {
      if (this.characters <= mostCharacters) return;
      this.histories.delete(key);
      this.characters -= size;
    }
  }

  private forgetOld(): void {
    this.timer = undefined;
    const before = performance.now() - keptMs;
    for (const [key, { size, usedAt }] of this.histories) {
      if (usedAt > before) break;
      this.histories.delete(key);
      this.characters -= size;
    }
    if (this.histories.size > 0) this.timer = setTimeout(() => this.forgetOld(), keptMs).unref();
  }
}

const keyOf = ({ tenant, sessionId }: SessionAddress): string => `${tenant}:${sessionId}`;
