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

/** The newest messages that fit, and the system messages; `undefined` when not even these fit. */
export function windowOf(history: History, rules: WindowRules): Window | undefined {
  const pinned = pinnedOf(history.system, rules.strategy);
  const pinnedTokens = pinned.reduce((sum, message) => sum + rules.tokensOf(message), 0);
  const room = rules.room - pinnedTokens;
  if (room < 0) return undefined;
  const blocks = recentBlocks(history, pinned, rules.tokensOf);
  const summaryRoom = summaryRoomOf({ ...rules, room });
  const recent = recentOf(history, blocks, { ...rules, room }, summaryRoom);
  const newest = recent.flatMap(({ messages }) => messages);
  const kept = pinned.length === 0 ? newest : [...pinned, ...newest].sort((one, other) => one.seq - other.seq);
  return { kept, tokens: pinnedTokens + sumOf(recent), startSeq: startOf(history, recent, blocks), summaryRoom };
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

/** Whether so much was read that more could not change the window. */
export function isEnough(history: History, rules: WindowRules): boolean {
  if (history.from <= 1) return true;
  const pinned = pinnedOf(history.system, rules.strategy);
  const blocks = recentBlocks(history, pinned, rules.tokensOf);
  const messages = blocks.reduce((sum, block) => sum + block.messages.length, 0);
  if (rules.strategy === 'last' && messages > rules.lastMessages) return true;
  return sumOf(blocks) > rules.room * (1 + stepShare);
}

/** The first system messages that stand together, or all of them for the strategies that promise it. */
function pinnedOf(system: readonly StoredMessage[], strategy: ContextStrategy): StoredMessage[] {
  if (strategy === 'pinned' || strategy === 'summary') return [...system];
  return system.filter(({ seq }, place) => seq === system[0]!.seq + place);
}

function recentBlocks({ messages }: History, pinned: readonly StoredMessage[], tokensOf: TokensOf): Block[] {
  const blocks = blocksOf(messages, tokensOf);
  if (pinned.length === 0) return blocks;
  const always = new Set(pinned.map(({ seq }) => seq));
  return blocks.filter(({ messages: [first] }) => !always.has(first!.seq));
}

function recentOf(history: History, blocks: readonly Block[], rules: WindowRules, kept: number): readonly Block[] {
  const { strategy, room } = rules;
  if (strategy === 'last') return blocks.slice(lastStart(blocks, rules));
  if (history.from === 1 && sumOf(blocks) <= room) return blocks;
  const step = room * stepShare;
  const units = unitsOf(blocks, step);
  return units.slice(windowStart(units, room - kept, step));
}

/** 1 when nothing lies before, the end of the log when not even the newest block fits. */
function startOf({ from, lastSeq }: History, recent: readonly Block[], blocks: readonly Block[]): number {
  const isWhole = from === 1 && sumOf(recent) === sumOf(blocks);
  return isWhole ? 1 : recent[0] ? firstSeq(recent[0]) : lastSeq + 1;
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
