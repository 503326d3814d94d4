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
    const { together, missing } = callWithResults(messages, place);
    place += together.length;
    const isOrphan = together[0]?.message.role === 'tool';
    const isBroken = missing > 0 && place < messages.length;
    if (!isOrphan && !isBroken) {
      blocks.push({ messages: together, tokens: together.reduce((sum, message) => sum + tokensOf(message), 0) });
    }
  }
  return blocks;
}

/** The message at a place with the results right behind it, each once and of its own calls; how many it lacks. */
function callWithResults(messages: readonly StoredMessage[], place: number) {
  const open = new Set(messages[place]!.message.tool_calls?.map(({ id }) => id));
  let end = place + 1;
  while (open.size > 0 && messages[end]?.message.role === 'tool' && open.delete(messages[end]!.message.tool_call_id))
    end += 1;
  return { together: messages.slice(place, end), missing: open.size };
}

/** The turns of a conversation: each a user's message with all that follows it up to the next. */
function turnsOf(blocks: readonly Block[]): Block[][] {
  const turns: Block[][] = [];
  for (const block of blocks) {
    const turn = turns.at(-1);
    if (!turn || block.messages[0]!.message.role === 'user') turns.push([block]);
    else turn.push(block);
  }
  return turns;
}

/** Where a window may begin: at turns, or at the blocks of a turn of more than `step` tokens. */
export function unitsOf(blocks: readonly Block[], step: number): Block[] {
  return turnsOf(blocks).flatMap((turn) => {
    const tokens = sumOf(turn);
    return tokens <= step ? [{ tokens, messages: turn.flatMap(({ messages }) => messages) }] : turn;
  });
}

export const sumOf = (blocks: readonly Block[]): number => blocks.reduce((sum, { tokens }) => sum + tokens, 0);

export const firstSeq = ({ messages }: Block): number => messages[0]!.seq;
export const finalSeq = ({ messages }: Block): number => messages.at(-1)!.seq;
