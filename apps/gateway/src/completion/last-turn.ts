import type { Json, JsonObject } from './canonical-json.js';
import type { HeldOut, RequestBody, Turn } from './dialect.js';

/** Where an API keeps what was said, and how it calls a text among the parts of a message. */
export interface TurnPlace {
  readonly member: 'messages' | 'input';
  readonly textType: 'text' | 'input_text';
}

interface Texts {
  readonly texts: readonly string[];
  readonly places: readonly number[];
  /** The content with null in place of each text. */
  readonly rest: Json;
}

/** The last message of the user, if it has text; held out of the body when it is the last entry of all. */
export function lastTurnOf(body: RequestBody, entries: readonly JsonObject[], place: TurnPlace): Turn | undefined {
  const index = entries.findLastIndex(({ role }) => role === 'user');
  const texts = textsOf(entries[index]?.['content'], place.textType);
  const text = texts?.texts.join('\n') ?? '';
  if (!texts || text.trim() === '') return undefined;
  return index === entries.length - 1 ? { text, heldOut: holdOut(body, entries, texts, place) } : { text };
}

function holdOut(
  body: RequestBody,
  entries: readonly JsonObject[],
  { texts, places, rest }: Texts,
  { member }: TurnPlace,
): HeldOut {
  const emptied = [...entries];
  emptied[entries.length - 1] = { ...entries.at(-1), content: rest };
  return { texts, places, rest: { ...body, [member]: emptied } };
}

function textsOf(content: Json | undefined, textType: string): Texts | undefined {
  if (typeof content === 'string') return { texts: [content], places: [], rest: null };
  if (!Array.isArray(content)) return undefined;
  const parts = content as readonly Json[];
  const textAt = (place: number) => textOf(parts[place], textType);
  const places = [...parts.keys()].filter((place) => textAt(place) !== undefined);
  const texts = places.map((place) => textAt(place) as string);
  const rest = parts.map((part, place) =>
    textAt(place) === undefined ? part : { ...(part as JsonObject), text: null },
  );
  return { texts, places, rest };
}

function textOf(part: Json | undefined, textType: string): string | undefined {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return undefined;
  const { type, text } = part as JsonObject;
  return type === textType && typeof text === 'string' ? text : undefined;
}
