import { mergeDelta } from './merge-delta.js';
import {
  isJsonObject,
  type AssistantMessage,
  type ChatCompletion,
  type ChatCompletionChunk,
  type CompletionChoice,
  type JsonObject,
  type Usage,
} from './openai-wire.js';

interface ChoiceInProgress {
  readonly message: JsonObject;
  readonly logprobs: JsonObject;
  readonly rest: JsonObject;
  finishReason: string | null;
}

/**
 * Rebuilds the chat.completion that a stream of chunks stands for. Chunks come from strangers: whatever is missing or
 * of another type than OpenAI's is skipped, not thrown at.
 */
export class CompletionAccumulator {
  private readonly head = { id: '', created: 0, model: '' };
  private readonly rest: JsonObject = {};
  private readonly choices = new Map<number, ChoiceInProgress>();
  private usage: Usage | undefined;

  add(chunk: ChatCompletionChunk): void {
    if (!isJsonObject(chunk)) return;
    // `obfuscation` is padding against traffic analysis, worthless once the stream is over.
    const { id, object: _object, created, model, choices, usage, obfuscation: _obfuscation, ...rest } = chunk;
    this.head.id ||= text(id);
    this.head.model ||= text(model);
    this.head.created ||= typeof created === 'number' ? created : 0;
    if (isJsonObject(usage)) this.usage = usage;
    replaceMembers(this.rest, rest);
    for (const choice of Array.isArray(choices) ? (choices as unknown[]) : []) {
      if (isJsonObject(choice)) this.addChoice(choice);
    }
  }

  /** Whether there is a choice and every choice seen has its finish_reason. */
  get finished(): boolean {
    return this.choices.size > 0 && [...this.choices.values()].every(({ finishReason }) => finishReason !== null);
  }

  completion(): ChatCompletion {
    const inOrder = [...this.choices].sort(([left], [right]) => left - right);
    return {
      id: this.head.id,
      object: 'chat.completion',
      created: this.head.created,
      model: this.head.model,
      ...this.rest,
      choices: inOrder.map(([index, choice]) => finishedChoice(index, choice)),
      ...(this.usage && { usage: this.usage }),
    };
  }

  private addChoice(choice: JsonObject): void {
    const { index, delta, finish_reason: finishReason, logprobs, ...rest } = choice;
    const target = this.choiceAt(typeof index === 'number' ? index : 0);
    if (isJsonObject(delta)) mergeDelta(target.message, withToolCallPlaces(delta, target.message));
    if (isJsonObject(logprobs)) mergeDelta(target.logprobs, logprobs);
    if (typeof finishReason === 'string') target.finishReason = finishReason;
    for (const [member, value] of Object.entries(rest)) {
      if (Array.isArray(value)) mergeDelta(target.rest, { [member]: value as unknown[] });
      else replaceMembers(target.rest, { [member]: value });
    }
  }

  private choiceAt(index: number): ChoiceInProgress {
    const known = this.choices.get(index);
    if (known) return known;
    const begun = { message: {}, logprobs: {}, rest: {}, finishReason: null };
    this.choices.set(index, begun);
    return begun;
  }
}

function finishedChoice(index: number, choice: ChoiceInProgress): CompletionChoice {
  const message: AssistantMessage = { role: 'assistant', content: null, ...choice.message };
  if (Array.isArray(message.tool_calls)) {
    const inOrder = [...message.tool_calls].sort((left, right) => Number(left.index) - Number(right.index));
    message.tool_calls = inOrder.map(({ index: _index, ...call }) => call);
  }
  const logprobs = Object.keys(choice.logprobs).length > 0 ? choice.logprobs : null;
  return { index, message, logprobs, finish_reason: choice.finishReason, ...choice.rest };
}

/** Some providers leave out a tool call's index: a known id names its call, a new id begins one, none continues the last. */
function withToolCallPlaces(delta: JsonObject, message: JsonObject): JsonObject {
  const additions: unknown = delta.tool_calls;
  if (!Array.isArray(additions)) return delta;
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isJsonObject) : [];
  const placed = additions.filter(isJsonObject).map((call) => {
    const index = typeof call.index === 'number' ? call.index : placeOf(call, calls);
    const withIndex = { ...call, index };
    calls.push(withIndex);
    return withIndex;
  });
  return { ...delta, tool_calls: placed };
}

function placeOf(call: JsonObject, calls: readonly JsonObject[]): number {
  const places = calls.map(({ index }) => (typeof index === 'number' ? index : 0));
  const named = calls.findIndex(({ id }) => id === call.id && typeof id === 'string' && id !== '');
  if (named >= 0) return places[named] ?? 0;
  const last = Math.max(-1, ...places);
  return text(call.id) === '' && last >= 0 ? last : last + 1;
}

function replaceMembers(target: JsonObject, source: JsonObject): void {
  for (const [member, value] of Object.entries(source)) {
    const isNews = value !== null || target[member] === undefined;
    if (isNews && member !== '__proto__') target[member] = value;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
