import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from './openai-wire.js';

const openings = [
  'Here is a short answer from the demo model.',
  'Good question; this is what the demo model has to say.',
  'The demo model has thought about it for a moment.',
];

const facts = [
  'A cache answers a repeated question in about a millisecond, where a model needs a second or more.',
  'A rate limit that is checked and taken in one step cannot be overrun by callers who arrive together.',
  'A conversation that is appended to, never rewritten, loses no message when two writers meet.',
  'A job that is acknowledged only when it is finished survives the process that was working on it.',
  'A stream that is replayed piece by piece looks to its reader like the first time.',
];

const closing = 'Configure an upstream to talk to a real model; ask the same again to see the cache at work.';

/** The demo model's words for a conversation: the same for the same messages and choice, whatever the time. */
export function demoText(messages: readonly unknown[], choice: number): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([messages, choice]))
    .digest();
  const pick = (list: readonly string[], place: number): string => list[digest.readUInt32BE(place) % list.length] ?? '';
  const asked = excerpt(lastText(messages));
  const first = pick(facts, 4);
  const second = pick(
    facts.filter((fact) => fact !== first),
    8,
  );
  return [pick(openings, 0), asked && `You asked: “${asked}”.`, first, second, closing].filter(Boolean).join(' ');
}

/** Words and marks, each with the space before it: near enough to tokens for a demonstration. */
export function demoTokens(text: string): string[] {
  return text.match(/\s*(?:[\p{L}\p{N}]{1,12}|[^\s\p{L}\p{N}])|\s+/gu) ?? [];
}

/** Prompt tokens: four for each message besides its text. */
export function promptTokens(messages: readonly unknown[]): number {
  return messages.filter(isJsonObject).reduce((sum, message) => sum + 4 + demoTokens(textOf(message)).length, 0);
}

function lastText(messages: readonly unknown[]): string {
  const last = messages.filter(isJsonObject).findLast(({ role }) => role === 'user');
  return last ? textOf(last).trim().replace(/\s+/g, ' ') : '';
}

function textOf({ content }: JsonObject): string {
  if (typeof content === 'string') return content;
  const parts: unknown[] = Array.isArray(content) ? content : [];
  return parts.map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : '')).join(' ');
}

function excerpt(text: string): string {
  const characters = [...text];
  return characters.length > 80 ? `${characters.slice(0, 79).join('')}…` : text;
}
