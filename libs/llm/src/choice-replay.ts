import type { AssistantMessage, ChunkChoice, CompletionChoice, Delta, Logprobs, ToolCall } from './openai-wire.js';
import { isJsonObject } from './openai-wire.js';
import { textPieces } from './text-pieces.js';

interface Piece {
  readonly delta: Delta;
  readonly logprobs?: Logprobs;
}

/** One choice as the deltas that rebuild it: role, unknown members, text, tool calls, finish_reason. */
export function* choiceChunks(choice: CompletionChoice): Generator<ChunkChoice> {
  const { index, message, finish_reason: finishReason, logprobs, ...rest } = choice;
  const withLogprobs = logprobs !== undefined;
  for (const piece of messagePieces(message, logprobs ?? undefined)) {
    const own = withLogprobs ? { logprobs: piece.logprobs ?? null } : {};
    yield { index, delta: piece.delta, ...own, finish_reason: null };
  }
  yield { index, delta: {}, ...(withLogprobs && { logprobs: null }), finish_reason: finishReason, ...rest };
}

function* messagePieces(message: AssistantMessage, logprobs: Logprobs | undefined): Generator<Piece> {
  const { role, content, refusal, tool_calls: toolCalls, function_call: functionCall, ...unknown } = message;
  const tokens = tokensOf(content, logprobs);
  const head: Delta = { role };
  // Null stays null and text begins empty, as upstream would have sent it.
  if (content !== undefined) head.content = typeof content === 'string' ? '' : null;
  if (refusal !== undefined) head.refusal = refusal === '' ? '' : null;
  // The official client counts log probabilities twice that come with the first chunk of a choice.
  yield { delta: head };
  if (logprobs && !tokens) yield { delta: {}, logprobs };
  if (isPresent(content) && typeof content !== 'string') yield { delta: { content } };
  // SDKs do not add up members they do not know, so each of these must come in one piece.
  if (Object.keys(unknown).length > 0) yield { delta: unknown };
  if (tokens) yield* tokenPieces(tokens, logprobs);
  else if (typeof content === 'string') for (const piece of textPieces(content)) yield { delta: { content: piece } };
  if (typeof refusal === 'string') for (const piece of textPieces(refusal)) yield { delta: { refusal: piece } };
  if (functionCall) yield* functionCallPieces(functionCall);
  for (const [place, call] of (toolCalls ?? []).entries()) yield* toolCallPieces(call, place);
}

function* functionCallPieces(call: NonNullable<AssistantMessage['function_call']>): Generator<Piece> {
  if (typeof call.arguments !== 'string') {
    yield { delta: { function_call: call } };
    return;
  }
  yield { delta: { function_call: { ...call, arguments: '' } } };
  for (const piece of textPieces(call.arguments)) yield { delta: { function_call: { arguments: piece } } };
}

function* toolCallPieces(call: ToolCall, index: number): Generator<Piece> {
  const text = call.function?.arguments;
  if (typeof text !== 'string') {
    yield { delta: { tool_calls: [{ index, ...call }] } };
    return;
  }
  yield { delta: { tool_calls: [{ index, ...call, function: { ...call.function, arguments: '' } }] } };
  for (const piece of textPieces(text)) yield { delta: { tool_calls: [{ index, function: { arguments: piece } }] } };
}

interface Token {
  readonly text: string;
  readonly entry: unknown;
}

/** Log probabilities are replayed beside their tokens when the tokens spell the content; all at once otherwise. */
function tokensOf(content: unknown, logprobs: Logprobs | undefined): Token[] | undefined {
  if (typeof content !== 'string' || !Array.isArray(logprobs?.content) || content === '') return undefined;
  const tokens = logprobs.content.map((entry) => ({
    text: isJsonObject(entry) && typeof entry.token === 'string' ? entry.token : '',
    entry,
  }));
  return tokens.map(({ text }) => text).join('') === content ? tokens : undefined;
}

function* tokenPieces(tokens: readonly Token[], logprobs: Logprobs | undefined): Generator<Piece> {
  let once: Logprobs = { ...logprobs };
  for (const { text, entry } of tokens) {
    yield { delta: { content: text }, logprobs: { ...once, content: [entry] } };
    once = {};
  }
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
