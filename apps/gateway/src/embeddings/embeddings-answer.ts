import type { JsonObject } from '../completion/canonical-json.js';
import { mapInTurns } from './event-loop-turns.js';
import type { EncodingFormat } from './embeddings-body.js';
import { readVector, toBase64, toNumbers, type Vector } from './vector-form.js';

/** What is known of one text: kept before, or just made. */
export interface Embedded {
  /** Absent when upstream's `embedding` is neither numbers nor base64 of float32: it is then handed on as it came. */
  readonly vector?: Vector;
  /** As upstream gave it; absent for a kept one. */
  readonly item?: JsonObject;
  /** The model as upstream named it. */
  readonly model: string;
}

/** Upstream's items with their vectors. */
export function readItems(items: readonly JsonObject[], model: string): Promise<Embedded[]> {
  return mapInTurns(items, (item) => {
    const vector = readVector(item['embedding']);
    return { item, model, ...(vector && { vector }) };
  });
}

export interface AnswerParts {
  /** One for each text that was asked for, in order. */
  readonly embedded: readonly Embedded[];
  readonly format: EncodingFormat;
  readonly model: string;
  readonly usage: JsonObject;
  /** Members of upstream's answer that OpenAI's has not. */
  readonly rest: JsonObject;
}

/** OpenAI's embedding list as JSON text. */
export async function embeddingList({ embedded, format, model, usage, rest }: AnswerParts): Promise<string> {
  const data = await mapInTurns(embedded, (one, index) => JSON.stringify(embeddingItem(one, index, format)));
  const { object, ...tail } = { object: 'list', ...rest, model, usage };
  return `{"object":${JSON.stringify(object)},"data":[${data.join(',')}],${JSON.stringify(tail).slice(1)}`;
}

function embeddingItem({ vector, item }: Embedded, index: number, format: EncodingFormat): object {
  const own = item?.['embedding'];
  const isAsAsked = vector === undefined || typeof own === (format === 'base64' ? 'string' : 'object');
  const embedding = item && isAsAsked ? own : vector && (format === 'base64' ? toBase64(vector) : toNumbers(vector));
  return { object: 'embedding', ...item, index, embedding };
}
