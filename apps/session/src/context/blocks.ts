import type { StoredMessage } from '../message/message-log.js';

/** Messages that are sent together or not at all: one message, or a tool call with its results. */
export interface Block {
  readonly messages: readonly StoredMessage[];
  readonly tokens: number;
}

export type TokensOf = (message: StoredMessage) => number;

/**
 * The messages in blocks, without those that no model accepts: a result whose call is not right before it, a call that lacks a
 * result although the conversation went on. Calls at the very end still wait for their results and stay.
 */
export function blocksOf(messages: readonly StoredMessage[], tokensOf: TokensOf): Block[] {
  const blocks: Block[] = [];
  for (let place = 0; place < messages.length;) {
    const first = messages[place]!;
    const { role, tool_calls: calls } = first.message;
    if (role === 'tool') {
      place += 1;
    } else if (!calls?.length) {
      blocks.push({ messages: [first], tokens: tokensOf(first) });
      place += 1;
    } else {
      const { together, missing } = callWithResults(messages, place);
      place += together.length;
      if (missing === 0 || place === messages.length) blocks.push(blockOf(together, tokensOf));
    }
  }
  return blocks;
}

/** The calls at a place with the results right behind them, each once and of its own calls; how many they lack. */
function callWithResults(messages: readonly StoredMessage[], place: number) {
  const open = new Set(messages[place]!.message.tool_calls?.map(({ id }) => id));
  let end = place + 1;
  while (open.size > 0 && messages[end]?.message.role === 'tool' && open.delete(messages[end]!.message.tool_call_id))
    end += 1;
  return { together: messages.slice(place, end), missing: open.size };
}

function blockOf(messages: readonly StoredMessage[], tokensOf: TokensOf): Block {
  let tokens = 0;
  for (const message of messages) tokens += tokensOf(message);
  return { messages, tokens };
}

/**
 * Where a window may begin: at turns (a user's message with all that follows it up to the next), or at the blocks of a turn of more
 * than `step` tokens.
 */
export function unitsOf(blocks: readonly Block[], step: number): Block[] {
  const units: Block[] = [];
  for (let from = 0, to = 0; from < blocks.length; from = to) {
    let { tokens } = blocks[from]!;
    for (to = from + 1; to < blocks.length && !isQuestion(blocks[to]!); to += 1) tokens += blocks[to]!.tokens;
    if (tokens <= step && to > from + 1) {
      const messages: StoredMessage[] = [];
      for (let place = from; place < to; place += 1) messages.push(...blocks[place]!.messages);
      units.push({ tokens, messages });
    } else {
      for (let place = from; place < to; place += 1) units.push(blocks[place]!);
    }
  }
  return units;
}

const isQuestion = ({ messages: [first] }: Block): boolean => first!.message.role === 'user';

export function sumOf(blocks: readonly Block[]): number {
  let sum = 0;
  for (const { tokens } of blocks) sum += tokens;
  return sum;
}

export const firstSeq = ({ messages }: Block): number => messages[0]!.seq;
export const finalSeq = ({ messages }: Block): number => messages.at(-1)!.seq;
