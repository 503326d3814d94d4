import type { JsonObject } from './openai-wire.js';
import { itemEvents } from './response-item-replay.js';
import type { ModelResponse, ResponseEvent } from './response-wire.js';

/**
 * The events that a finished response is replayed as, in OpenAI's order: created, in progress, each item of the output from
 * its beginning to its end, and the whole response last.
 */
export function* responseEvents(response: ModelResponse): Generator<ResponseEvent> {
  let sequence = 0;
  const numbered = (event: ResponseEvent): ResponseEvent => ({ ...event, sequence_number: sequence++ });
  const begun = beginning(response);
  yield numbered({ type: 'response.created', response: begun });
  yield numbered({ type: 'response.in_progress', response: begun });
  for (const [index, item] of response.output.entries()) {
    for (const event of itemEvents(item)) yield numbered({ ...event, output_index: index });
  }
  yield numbered({ type: `response.${endings.get(response.status ?? '') ?? 'completed'}`, response });
}

const endings: ReadonlyMap<string, string> = new Map([
  ['incomplete', 'incomplete'],
  ['failed', 'failed'],
]);

/** The response as it looked before the model had said anything. */
function beginning(response: ModelResponse): JsonObject {
  const { usage, completed_at: completedAt, incomplete_details: details, ...rest } = response;
  return {
    ...rest,
    status: 'in_progress',
    output: [],
    // What says how it ended is null until it has.
    ...(usage !== undefined && { usage: null }),
    ...(completedAt !== undefined && { completed_at: null }),
    ...(details !== undefined && { incomplete_details: null }),
    ...('output_text' in rest && { output_text: '' }),
  };
}
