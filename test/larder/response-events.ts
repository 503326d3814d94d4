import { expect } from '@jest/globals';
import type OpenAI from 'openai';

export type ResponseEvent = OpenAI.Responses.ResponseStreamEvent;

/** Reads a whole stream of response events strictly: each event has a name that is its type, and the next number. */
export function readResponseEvents(text: string): { readonly events: ResponseEvent[]; readonly comments: string[] } {
  const events: ResponseEvent[] = [];
  const comments: string[] = [];
  expect(text.endsWith('\n\n')).toBe(true);
  for (const block of text.split('\n\n').slice(0, -1)) {
    if (block.startsWith(':')) {
      comments.push(block);
      continue;
    }
    const [, name, data] = /^event: (\S+)\ndata: (.+)$/.exec(block) ?? [];
    const event = JSON.parse(data!) as ResponseEvent;
    expect([event.type, event.sequence_number]).toEqual([name, events.length]);
    events.push(event);
  }
  return { events, comments };
}

/** What the deltas of a text spell. */
export function spelledResponse(events: readonly ResponseEvent[]): string {
  return events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
}

/** The types of a stream's events without the repetitions of deltas: the shape of the stream. */
export function shapeOf(events: readonly ResponseEvent[]): string[] {
  return events.map(({ type }) => type).filter((type, at, all) => !type.endsWith('.delta') || type !== all[at - 1]);
}
