import type { Json, JsonObject } from '../completion/canonical-json.js';
import type { RequestBody } from '../completion/dialect.js';

/** What a picture or a recording costs at about full size; its own bytes say nothing about it. */
const attachmentTokens = 1_000;
/** No model writes as much; a request may still ask for it. */
const mostTokens = 1_000_000_000;

/** Members that only say what their neighbours are. */
const labels: ReadonlySet<string> = new Set(['role', 'type', 'detail', 'id', 'tool_call_id', 'call_id', 'status']);

/**
 * About how many tokens a model will read: a quarter of the texts' UTF-8 bytes, rounded up, which is on the upper side for
 * prose. Good enough to reserve by; what it really was is settled when upstream has said so.
 */
export function inputTokens({ messages, input, instructions, tools, functions }: RequestBody): number {
  const read = [messages, input, instructions].reduce<number>((sum, each) => sum + estimateTokens(each), 0);
  const described = [tools, functions].reduce<number>(
    (sum, each) => sum + (each ? tokensOf(Buffer.byteLength(JSON.stringify(each))) : 0),
    0,
  );
  return Math.min(mostTokens, read + described);
}

/** What a request allows a model to write, in all of its choices; undefined when it does not say. */
export function maxOutputTokens(body: RequestBody): number | undefined {
  const most = body['max_completion_tokens'] ?? body['max_output_tokens'] ?? body['max_tokens'];
  if (!isCount(most)) return undefined;
  const choices = isCount(body['n']) ? body['n'] : 1;
  return Math.min(mostTokens, Math.ceil(most * choices));
}

/** Of any texts; a list of numbers is one of tokens. */
export function estimateTokens(value: Json | undefined): number {
  const counted = { bytes: 0, tokens: 0 };
  count(value, counted);
  return tokensOf(counted.bytes) + counted.tokens;
}

function count(value: Json | undefined, counted: { bytes: number; tokens: number }): void {
  if (typeof value === 'string') {
    if (value.startsWith('data:')) counted.tokens += attachmentTokens;
    else counted.bytes += Buffer.byteLength(value);
  } else if (typeof value === 'number') {
    counted.tokens += 1;
  } else if (Array.isArray(value)) {
    for (const each of value as readonly Json[]) count(each, counted);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value as JsonObject)) if (!labels.has(name)) count(each, counted);
  }
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && value >= 1;
}

/** Of so many bytes of text in UTF-8. */
export function tokensOf(bytes: number): number {
  return Math.ceil(bytes / 4);
}
