import type { Cacheability, UncacheableReason } from './cacheability.js';
import { isJsonObject } from './openai-wire.js';
import { partsOf, type ModelResponse, type OutputItem } from './response-wire.js';

/** Words for why a response is incomplete (OpenAI API reference, the response object). */
const incompletions: Readonly<Record<string, UncacheableReason>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
};

/** Whether a response may be given to someone else later: completed, without a fault, and with something in it. */
export function isCacheableResponse(response: ModelResponse): Cacheability {
  if (response.error !== undefined && response.error !== null) return no('error');
  if (response.status === 'failed') return no('error');
  if (response.status === 'incomplete') return no(incompletion(response));
  if (response.status !== 'completed') return no('unfinished');
  if (response.output.some(({ status }) => status === 'in_progress' || status === 'incomplete'))
    return no('unfinished');
  return response.output.some(saysSomething) ? { cacheable: true } : no('empty');
}

function incompletion({ incomplete_details: details, output }: ModelResponse): UncacheableReason {
  const reason = isJsonObject(details) && typeof details.reason === 'string' ? details.reason : '';
  const fault = Object.hasOwn(incompletions, reason) ? incompletions[reason] : undefined;
  // Cut off before it said anything, it is of no use to anybody.
  if (fault === 'length' && !output.some(saysSomething)) return 'empty';
  return fault ?? 'unfinished';
}

/** Reasoning alone answers nothing. */
function saysSomething(item: OutputItem): boolean {
  if (item.type === 'reasoning') return false;
  if (item.type !== 'message') return true;
  return partsOf(item.content).some((part) =>
    [part.text, part.refusal].some((text) => typeof text === 'string' && text.trim() !== ''),
  );
}

function no(reason: UncacheableReason): Cacheability {
  return { cacheable: false, reason };
}
