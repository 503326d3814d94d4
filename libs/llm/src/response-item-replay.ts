import type { JsonObject } from './openai-wire.js';
import { partsOf, type OutputItem, type ResponseEvent } from './response-wire.js';
import { textPieces } from './text-pieces.js';

type Events = Generator<ResponseEvent>;

/** One item from `output_item.added` to `output_item.done`. */
export function* itemEvents(item: OutputItem): Events {
  const itemId = item.id ?? '';
  yield { type: 'response.output_item.added', item: emptied(item) };
  for (const event of contentEvents(item)) yield { ...event, item_id: itemId };
  yield { type: 'response.output_item.done', item };
}

/** The item as it is announced: in progress, and nothing of its content yet. */
function emptied(item: OutputItem): OutputItem {
  const begun = { ...item, ...('status' in item && { status: 'in_progress' }) };
  switch (item.type) {
    case 'message':
      return { ...begun, content: [] };
    case 'reasoning':
      return { ...begun, summary: [], ...('content' in item && { content: [] }) };
    case 'function_call':
      return { ...begun, arguments: '' };
    case 'custom_tool_call':
      return { ...begun, input: '' };
    default:
      // What a hosted tool did is told as a whole, when it is done.
      return begun;
  }
}

function* contentEvents(item: OutputItem): Events {
  switch (item.type) {
    case 'message':
      yield* parts(item.content);
      return;
    case 'reasoning':
      yield* summaries(item.summary);
      yield* parts(item.content);
      return;
    case 'function_call':
      yield* text(
        'response.function_call_arguments',
        item.arguments,
        {},
        { arguments: item.arguments, name: item.name },
      );
      return;
    case 'custom_tool_call':
      yield* text('response.custom_tool_call_input', item.input, {}, { input: item.input });
      return;
  }
}

function* parts(content: unknown): Events {
  for (const [index, part] of partsOf(content).entries()) {
    const place = { content_index: index };
    yield { type: 'response.content_part.added', ...place, part: emptyPart(part) };
    yield* partText(part, place);
    yield { type: 'response.content_part.done', ...place, part };
  }
}

function emptyPart(part: JsonObject): JsonObject {
  return {
    ...part,
    ...('text' in part && { text: '' }),
    ...('refusal' in part && { refusal: '' }),
    ...('annotations' in part && { annotations: [] }),
    ...('logprobs' in part && { logprobs: [] }),
  };
}

function* partText(part: JsonObject, place: JsonObject): Events {
  switch (part.type) {
    case 'output_text': {
      yield* outputText(part, place);
      return;
    }
    case 'refusal':
      yield* text('response.refusal', part.refusal, place, { refusal: part.refusal });
      return;
    case 'reasoning_text':
      yield* text('response.reasoning_text', part.text, place, { text: part.text });
      return;
  }
}

function* outputText(part: JsonObject, place: JsonObject): Events {
  const logprobs = partsOf(part.logprobs);
  yield* spelled(part.text, logprobs, place);
  for (const [index, annotation] of partsOf(part.annotations).entries()) {
    yield { type: 'response.output_text.annotation.added', ...place, annotation_index: index, annotation };
  }
  yield { type: 'response.output_text.done', ...place, text: part.text, logprobs };
}

/** Log probabilities come beside their tokens when these spell the text; with the end of the text in any case. */
function* spelled(whole: unknown, logprobs: readonly JsonObject[], place: JsonObject): Events {
  const type = 'response.output_text.delta';
  if (typeof whole !== 'string') return;
  if (whole !== '' && logprobs.map(({ token }) => token).join('') === whole) {
    for (const logprob of logprobs) yield { type, ...place, delta: logprob.token, logprobs: [logprob] };
    return;
  }
  for (const delta of textPieces(whole)) yield { type, ...place, delta, logprobs: [] };
}

function* summaries(list: unknown): Events {
  for (const [index, part] of partsOf(list).entries()) {
    const place = { summary_index: index };
    yield { type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } };
    yield* text('response.reasoning_summary_text', part.text, place, { text: part.text });
    yield { type: 'response.reasoning_summary_part.done', ...place, part };
  }
}

function* text(type: string, whole: unknown, place: JsonObject, done: JsonObject): Events {
  if (typeof whole === 'string') {
    for (const delta of textPieces(whole)) yield { type: `${type}.delta`, ...place, delta };
  }
  yield { type: `${type}.done`, ...place, ...done };
}
