import { isJsonObject, type JsonObject } from './openai-wire.js';

export type UncacheableReason = 'no-choices' | 'empty' | 'length' | 'content_filter' | 'unfinished' | 'error';

export type Cacheability =
  { readonly cacheable: true } | { readonly cacheable: false; readonly reason: UncacheableReason };

/** Words for "ended by itself"; the last five are those of OpenAI-compatible servers. Any other word is not trusted. */
const endings = new Set([
  'stop',
  'tool_calls',
  'function_call',
  'end_turn',
  'tool_use',
  'stop_sequence',
  'eos_token',
  'eos',
]);
const faults: Readonly<Record<string, UncacheableReason>> = {
  length: 'length',
  max_tokens: 'length',
  content_filter: 'content_filter',
  safety: 'content_filter',
  error: 'error',
};

/**
 * Whether an answer may be given to someone else later: whole, ended properly, and with something in every choice. The reason
 * is `length` only when nothing else is wrong with it.
 */
export function isCacheable(completion: unknown): Cacheability {
  if (!isJsonObject(completion) || isPresent(completion.error)) return no('error');
  const { choices } = completion;
  if (!Array.isArray(choices) || choices.length === 0) return no('no-choices');
  const reasons = (choices as unknown[]).flatMap((choice) => choiceFault(choice) ?? []);
  const worst = reasons.find((reason) => reason !== 'length') ?? reasons[0];
  return worst ? no(worst) : { cacheable: true };
}

function choiceFault(choice: unknown): UncacheableReason | undefined {
  if (!isJsonObject(choice) || isPresent(choice.error)) return 'error';
  const ending = choice.finish_reason;
  if (typeof ending !== 'string') return 'unfinished';
  const fault = endings.has(ending) ? undefined : (faults[ending] ?? 'unfinished');
  if (fault && fault !== 'length') return fault;
  return isJsonObject(choice.message) && saysSomething(choice.message) ? fault : 'empty';
}

function saysSomething(message: JsonObject): boolean {
  const hasText = [message.content, message.refusal].some((text) => typeof text === 'string' && text.trim() !== '');
  const hasParts = [message.content, message.tool_calls].some((list) => Array.isArray(list) && list.length > 0);
  return hasText || hasParts || isJsonObject(message.function_call) || isJsonObject(message.audio);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function no(reason: UncacheableReason): Cacheability {
  return { cacheable: false, reason };
}
