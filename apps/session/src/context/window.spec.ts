import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contextStrategies, type ChatMessage } from '#contracts';
import { countMessageTokens } from '#llm';
import type { StoredMessage } from '../message/message-log.js';
import { roundest } from './window-start.js';
import { nextStart, WindowFinder, windowOf, type History, type WindowRules } from './window.js';

const histories = 10_000;

/** Messages of very different sizes; the counts are the tokenizer's own. */
const texts = [
  'ok',
  'What is the weather in Rome today, please?',
  'Lorem ipsum dolor sit amet. '.repeat(12),
  '天気はどうですか？',
];
const call = (ids: readonly string[]) =>
  ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } }));
const talks = texts.flatMap((content): ChatMessage[] => [
  { role: 'user', content },
  { role: 'assistant', content },
]);
const shapes: ChatMessage[] = [
  ...talks,
  { role: 'system', content: 'Be brief.' },
  { role: 'developer', content: 'Answer in verse, and never say why.' },
  { role: 'assistant', content: null, tool_calls: call(['a']) },
  { role: 'assistant', content: null, tool_calls: call(['a', 'b']) },
  { role: 'tool', tool_call_id: 'a', content: 'sunny' },
  { role: 'tool', tool_call_id: 'b', content: texts[2] },
];
const counts = new Map<ChatMessage, number>();
const tokensOf = ({ message }: StoredMessage): number => counts.get(message)!;
const sum = (messages: readonly StoredMessage[]): number => messages.reduce((all, one) => all + tokensOf(one), 0);
const isSystem = ({ message }: StoredMessage): boolean => message.role === 'system' || message.role === 'developer';

/** What lies in a log; numbers left out are deleted messages. */
function log(entries: readonly (ChatMessage | undefined)[]): StoredMessage[] {
  return entries.flatMap((message, index) =>
    message
      ? [
          {
            id: `m${index}`,
            seq: index + 1,
            message,
            tokens: {},
            createdAt: 0,
            status: 'complete' as const,
            version: 1,
          },
        ]
      : [],
  );
}

function historyOf(entries: readonly (ChatMessage | undefined)[], from = 1): History {
  const all = log(entries);
  return {
    from,
    lastSeq: entries.length,
    messages: all.filter(({ seq }) => seq >= from),
    system: all.filter(isSystem).slice(0, 32),
  };
}

const entries = fc.array(
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...shapes) }, { weight: 1, arbitrary: fc.constant(undefined) }),
  { maxLength: 60, size: 'max' },
);
const rules = fc.record({
  strategy: fc.constantFrom(...contextStrategies),
  room: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 1_500 })),
  summaryTokens: fc.integer({ min: 0, max: 200 }),
  lastMessages: fc.integer({ min: 1, max: 30 }),
  tokensOf: fc.constant(tokensOf),
});

/** `check` says whether all is well: ten thousand calls of `expect` would take seconds. */
function always(check: (history: readonly (ChatMessage | undefined)[], rules: WindowRules) => boolean): void {
  fc.assert(fc.property(entries, rules, check), { numRuns: histories });
}

const range = (length: number): number[] => Array.from({ length: Math.ceil(length) }, (_, index) => index);

beforeAll(async () => {
  for (const shape of shapes) counts.set(shape, await countMessageTokens('o200k', shape));
});

describe('windowOf, for 10 000 random histories', () => {
  it('is never over the room, and says how many tokens it takes', () => {
    always((list, given) => {
      const window = windowOf(historyOf(list), given);
      if (!window) return true;
      const besides = window.startSeq > 1 ? window.summaryRoom : 0;
      return sum(window.kept) === window.tokens && window.tokens + besides <= given.room;
    });
  });

  it('never has a result without its call, nor a call in the middle without its results', () => {
    always((list, given) => {
      const { kept = [] } = windowOf(historyOf(list), given) ?? {};
      const open = new Set<unknown>();
      for (const { message } of kept) {
        if (message.role === 'tool' ? !open.delete(message.tool_call_id) : open.size > 0) return false;
        for (const { id } of message.tool_calls ?? []) open.add(id);
      }
      return open.size === 0 || log(list).at(-1)!.seq === kept.at(-1)!.seq;
    });
  });

  it('keeps the system messages: those of the beginning always, every one where the strategy says so', () => {
    always((list, given) => {
      const { system } = historyOf(list);
      const window = windowOf(historyOf(list), given);
      if (!window) return sum(system) > given.room;
      const must = given.strategy === 'pinned' || given.strategy === 'summary' ? system : system.slice(0, 1);
      return must.every(({ seq }) => window.kept.some((kept) => kept.seq === seq));
    });
  });

  it('has each message once, in order, and no gap from its beginning to the end', () => {
    always((list, given) => {
      const window = windowOf(historyOf(list), given);
      if (!window) return true;
      const seqs = new Set(window.kept.map(({ seq }) => seq));
      const isOrdered = window.kept.every(({ seq }, place) => place === 0 || window.kept[place - 1]!.seq < seq);
      const usable = windowOf(historyOf(list), { ...given, strategy: 'budget', room: 1_000_000 })!.kept;
      return isOrdered && usable.every(({ seq }) => seq < window.startSeq || seqs.has(seq));
    });
  });

  it('is the same whatever more of the history was read', () => {
    let parts = 0;
    always((list, given) => {
      const whole = windowOf(historyOf(list), given);
      return range(list.length / 12).every((place) => {
        const part = historyOf(list, 1 + place * 12);
        if (place === 0 || !new WindowFinder(given).isEnough(part)) return true;
        parts += 1;
        return isDeepStrictEqual(windowOf(part, given), whole);
      });
    });
    expect(parts).toBeGreaterThan(histories / 4);
  });

  it('gives up at most half of the room to stay where it is', () => {
    let moved = 0;
    always((list, given) => {
      const talk = historyOf(list.map((message) => (talks.includes(message!) ? message : undefined)));
      const window = windowOf(talk, { ...given, strategy: 'pinned' })!;
      if (window.startSeq === 1) return true;
      moved += 1;
      const most = windowOf(talk, { ...given, strategy: 'last', lastMessages: 1_000 })!;
      return window.tokens + given.room / 2 >= most.tokens;
    });
    expect(moved).toBeGreaterThan(histories / 4);
  });
});

describe('a growing history', () => {
  const room = 800;
  const given: WindowRules = { strategy: 'pinned', room, summaryTokens: 0, lastMessages: 20, tokensOf };
  const turns = fc.array(fc.constantFrom(...talks), { minLength: 200, maxLength: 200 });

  it('moves the beginning of the window in leaps, and only forward', () => {
    fc.assert(
      fc.property(turns, (messages) => {
        let isForward = true;
        let moves = 0;
        let before = 1;
        for (let length = 1; length <= messages.length; length += 1) {
          const { startSeq } = windowOf(historyOf(messages.slice(0, length)), given)!;
          isForward &&= startSeq >= before;
          if (startSeq !== before) moves += 1;
          before = startSeq;
        }
        expect(isForward).toBe(true);
        const appended = messages.reduce((all, message) => all + counts.get(message)!, 0);
        expect(moves).toBeLessThanOrEqual(2 + (2.5 * appended) / (room / 4));
        expect(moves).toBeLessThan(messages.length / 4);
      }),
      { numRuns: 20 },
    );
  });

  it('foretells where the window will begin next', () => {
    const messages = Array.from({ length: 600 }, (_, index) => talks[index % talks.length]!);
    const foretold = new Set<number>();
    let met = 0;
    let moves = 0;
    let before = 1;
    for (let length = 1; length <= messages.length; length += 2) {
      const history = historyOf(messages.slice(0, length));
      const window = windowOf(history, { ...given, strategy: 'summary', summaryTokens: 100 })!;
      if (window.startSeq !== before) {
        moves += 1;
        if (foretold.has(window.startSeq)) met += 1;
      }
      before = window.startSeq;
      const next = nextStart(history, { ...given, strategy: 'summary', summaryTokens: 100 }, window);
      if (next) foretold.add(next);
    }
    expect(moves).toBeGreaterThan(5);
    expect(met).toBeGreaterThanOrEqual(moves * 0.8);
  });
});

describe('roundest', () => {
  it('is the number in a range that the highest power of two divides', () => {
    expect(roundest(5, 7)).toBe(6);
    expect(roundest(3, 9)).toBe(8);
    expect(roundest(9, 15)).toBe(12);
    expect(roundest(7, 7)).toBe(7);
    expect(roundest(1, 1_000_000)).toBe(524_288);
  });
});
