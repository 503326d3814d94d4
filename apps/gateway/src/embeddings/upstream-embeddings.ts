import { isObject } from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';

/** An upstream's answer, taken apart. */
export interface UpstreamEmbeddings {
  /** One a text, in the order of the texts; every member as it came. */
  readonly items: readonly JsonObject[];
  /** The model as upstream names it. */
  readonly model: string;
  readonly usage: JsonObject;
  /** All other members of the answer. */
  readonly rest: JsonObject;
}

/** @returns undefined unless there is exactly one item for each text. */
export function readEmbeddings(text: string, count: number): UpstreamEmbeddings | undefined {
  const answer = parse(text);
  if (!isObject(answer)) return undefined;
  const { object: _list, data, model, usage, ...rest } = answer;
  const items = Array.isArray(data) ? inOrder(data as readonly Json[], count) : undefined;
  if (!items) return undefined;
  return { items, model: typeof model === 'string' ? model : '', usage: isObject(usage) ? usage : {}, rest };
}

function inOrder(data: readonly Json[], count: number): JsonObject[] | undefined {
  const items = new Map<number, JsonObject>();
  for (const [position, item] of data.entries()) {
    if (!isObject(item)) return undefined;
    const { index } = item;
    items.set(typeof index === 'number' ? index : position, item);
  }
  const ordered = Array.from({ length: count }, (_, at) => items.get(at)).filter((item) => item !== undefined);
  return ordered.length === count && data.length === count ? ordered : undefined;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Two reports of use as one: numbers add up, anything else is the later one's. */
export function addUsage(first: JsonObject, second: JsonObject): JsonObject {
  const sum: Record<string, Json> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const before = sum[name];
    sum[name] = typeof before === 'number' && typeof value === 'number' ? before + value : value;
  }
  return sum;
}
