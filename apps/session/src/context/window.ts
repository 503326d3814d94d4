import type { ContextStrategy } from '#contracts';
import type { StoredMessage } from '../message/message-log.js';
import { blocksOf, firstSeq, sumOf, unitsOf, type Block, type TokensOf } from './blocks.js';
import { windowStart } from './window-start.js';

/** As much of a session's history as was read: its end, and the system messages wherever they are. */
export interface History {
  /** Everything from this `seq` on was read; 1: the whole history. */
  readonly from: number;
  readonly lastSeq: number;
  /** From `from` on, in order. */
  readonly messages: readonly StoredMessage[];
  /** All system messages that the log lists, in order, also those before `from`. */
  readonly system: readonly StoredMessage[];
}

export interface WindowRules {
  readonly strategy: ContextStrategy;
  /** Tokens that the messages may take together. */
  readonly room: number;
  /** Of these, what a summary of everything before may take. */
  readonly summaryTokens: number;
  /** For `last`. */
  readonly lastMessages: number;
  readonly tokensOf: TokensOf;
}

export interface Window {
  /** In order: the system messages that every window has, and the newest ones that fit. */
  readonly kept: readonly StoredMessage[];
  readonly tokens: number;
  /** What lies before this `seq` is left out or told by a summary; 1 when nothing is. */
  readonly startSeq: number;
  /** Tokens that a summary may take besides. */
  readonly summaryRoom: number;
}

/** The share of the room by which the window's beginning moves at once. */
const stepShare = 1 / 4;

/** What of a history can matter: its newest blocks without the system messages that every window has. */
interface Newest {
  readonly of: History;
  readonly blocks: readonly Block[];
  /** From this `seq` on. */
  readonly from: number;
  readonly tokens: number;
  /** Whether more could not change the window. */
  readonly isEnough: boolean;
}

/** Finds the window of one history after another by the same rules; looks at as much of each as it needs. */
export class WindowFinder {
  private newest: Newest | undefined;

  constructor(private readonly rules: WindowRules) {}

  /** Whether so much was read that more could not change the window. */
  isEnough(history: History): boolean {
    return this.newestOf(history).isEnough;
  }

  /** The newest messages that fit, and the system messages; `undefined` when not even these fit. */
  find(history: History): Window | undefined {
    const pinned = pinnedOf(history.system, this.rules.strategy);
    const pinnedTokens = pinned.reduce((sum, message) => sum + this.rules.tokensOf(message), 0);
    const rules = { ...this.rules, room: this.rules.room - pinnedTokens };
    if (rules.room < 0) return undefined;
    const newest = this.newestOf(history);
    const summaryRoom = summaryRoomOf(rules);
    const recent = recentOf(newest, rules, summaryRoom);
    const messages = recent.flatMap((block) => block.messages);
    const kept = pinned.length === 0 ? messages : [...pinned, ...messages].sort((one, other) => one.seq - other.seq);
    const startSeq = startOf(newest, recent);
    return { kept, tokens: pinnedTokens + sumOf(recent), startSeq, summaryRoom };
  }

  /** Whether it is enough, and then which window, is asked of the same history. */
  private newestOf(history: History): Newest {
    if (this.newest?.of !== history) this.newest = newestOf(history, this.rules);
    return this.newest;
  }
}

export function windowOf(history: History, rules: WindowRules): Window | undefined {
  return new WindowFinder(rules).find(history);
}

/**
 * The beginning of the window once half a step more has come, so that a summary of what lies before can be there in time;
 * `undefined` while the window will not have moved.
 */
export function nextStart(history: History, rules: WindowRules, { startSeq }: Window): number | undefined {
  const later = windowOf(history, { ...rules, room: rules.room * (1 - stepShare / 2) });
  return later && later.startSeq > startSeq ? later.startSeq : undefined;
}

/** Kept for a summary whether there is one yet or not, so that its coming moves nothing else. */
const summaryRoomOf = ({ strategy, room, summaryTokens }: WindowRules): number =>
  strategy === 'summary' ? Math.min(summaryTokens, Math.floor(room * stepShare)) : 0;

/** From the end to where it is enough; what must be left out may ask for more than its tokens promise. */
function newestOf(history: History, rules: WindowRules): Newest {
  const pinned = new Set(pinnedOf(history.system, rules.strategy).map(({ seq }) => seq));
  for (let share = 1; ; share *= 2) {
    const { from, messages } = endOf(history, rules, share);
    const all = blocksOf(messages, rules.tokensOf);
    const blocks = pinned.size === 0 ? all : all.filter(({ messages: [first] }) => !pinned.has(first!.seq));
    const tokens = sumOf(blocks);
    const isEnough = from <= 1 || tokens > enough(rules) || hasLast(blocks, rules);
    if (isEnough || from === history.from) return { of: history, blocks, from, tokens, isEnough };
  }
}

const enough = ({ room }: WindowRules): number => room * (1 + stepShare);

function hasLast(blocks: readonly Block[], { strategy, lastMessages }: WindowRules): boolean {
  if (strategy !== 'last') return false;
  return blocks.reduce((messages, block) => messages + block.messages.length, 0) > lastMessages;
}

/** Messages that are looked at besides, so that each round sees more even where there is no room at all. */
const leastSeen = 16;

/** The end of a history that holds `share` times what should be enough. */
function endOf(history: History, rules: WindowRules, share: number): Pick<History, 'from' | 'messages'> {
  const { messages } = history;
  const wanted = enough(rules) * share;
  let start = Math.max(0, messages.length - leastSeen * share);
  let tokens = 0;
  for (let place = start; place < messages.length; place += 1) tokens += rules.tokensOf(messages[place]!);
  for (; start > 0 && tokens <= wanted; start -= 1) tokens += rules.tokensOf(messages[start - 1]!);
  // Not between a call and its results, for then they would count for nothing.
  while (start > 0 && messages[start]?.message.role === 'tool') start -= 1;
  return start === 0 ? history : { from: messages[start]!.seq, messages: messages.slice(start) };
}

/** The first system messages that stand together, or all of them for the strategies that promise it. */
function pinnedOf(system: readonly StoredMessage[], strategy: ContextStrategy): StoredMessage[] {
  if (strategy === 'pinned' || strategy === 'summary') return [...system];
  return system.filter(({ seq }, place) => seq === system[0]!.seq + place);
}

function recentOf({ from, blocks, tokens }: Newest, rules: WindowRules, kept: number): readonly Block[] {
  const { strategy, room } = rules;
  if (strategy === 'last') return blocks.slice(lastStart(blocks, rules));
  if (from === 1 && tokens <= room) return blocks;
  const step = room * stepShare;
  const units = unitsOf(blocks, step);
  return units.slice(windowStart(units, room - kept, step));
}

/** 1 when nothing lies before, the end of the log when not even the newest block fits. */
function startOf({ from, tokens, of }: Newest, recent: readonly Block[]): number {
  const isWhole = from === 1 && sumOf(recent) === tokens;
  return isWhole ? 1 : recent[0] ? firstSeq(recent[0]) : of.lastSeq + 1;
}

/** The newest blocks that hold at most so many messages and fit. */
function lastStart(blocks: readonly Block[], { room, lastMessages }: WindowRules): number {
  let [tokens, messages, start] = [0, 0, blocks.length];
  for (; start > 0; start -= 1) {
    const block = blocks[start - 1]!;
    tokens += block.tokens;
    messages += block.messages.length;
    if (tokens > room || messages > lastMessages) break;
  }
  return start;
}
