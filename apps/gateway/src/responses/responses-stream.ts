import {
  encodeNamedSse,
  isModelResponse,
  responseUsage,
  type OutputItem,
  type ResponseEvent,
  type SseEvent,
  type Usage,
} from '#llm';
import { isObject } from '../body-checks.js';
import type { SpentSoFar, StreamFollower, Taken } from '../completion/dialect.js';

/** A live stream of response events, handed on as they come; the last one carries the whole response. */
export class ResponsesStream implements StreamFollower {
  private readonly items = new Map<number, OutputItem>();
  private finished?: string;
  private lastNumber = -1;
  private text = '';
  private writtenBytes = 0;
  private usage: Usage | undefined;

  take({ data, event: name }: SseEvent): Taken {
    if (data === '[DONE]') return { ends: 'last' };
    const event: unknown = JSON.parse(data);
    if (!isEvent(event)) return { ends: 'failed', ...messageOf(event) };
    if (typeof event.sequence_number === 'number') this.lastNumber = event.sequence_number;
    if (typeof event['delta'] === 'string') this.writtenBytes += Buffer.byteLength(event['delta']);
    const frame = encodeNamedSse(name ?? event.type, data.includes('\n') ? JSON.stringify(event) : data);
    switch (event.type) {
      case 'error':
        return { frame, ends: 'failed', ...messageOf(event) };
      case 'response.failed':
        this.read(event['response']);
        return { frame, ends: 'failed', ...messageOf(event['response']) };
      case 'response.completed':
      case 'response.incomplete':
        this.finish(event['response']);
        return { frame, ends: 'last' };
      case 'response.output_item.done':
        this.gather(event);
        break;
      case 'response.output_text.delta':
        if (typeof event['delta'] === 'string') this.text += event['delta'];
    }
    return { frame };
  }

  whole(): string | undefined {
    return this.finished;
  }

  textSoFar(): string {
    return this.text;
  }

  spentSoFar(): SpentSoFar {
    return { writtenBytes: this.writtenBytes, ...(this.usage && { usage: this.usage }) };
  }

  brokenOff(message = 'The upstream broke off the answer.'): string {
    const error = { type: 'server_error', code: 'upstream_failed', message, param: null };
    // Both forms are about: the members beside `type`, as documented, and `error`, as sent.
    const event = { ...error, type: 'error', sequence_number: this.lastNumber + 1, error };
    return encodeNamedSse('error', JSON.stringify(event));
  }

  /** One that failed may tell what it has cost. */
  private read(response: unknown): void {
    if (isModelResponse(response)) this.usage = responseUsage(response);
  }

  private gather(event: ResponseEvent): void {
    const { output_index: index, item } = event as ResponseEvent & { output_index?: unknown; item?: OutputItem };
    if (typeof index === 'number' && isObject(item)) this.items.set(index, item);
  }

  /** Some servers leave the output out of the last event, since they have sent it piece by piece. */
  private finish(response: unknown): void {
    if (!isModelResponse(response)) return;
    const inOrder = [...this.items].sort(([left], [right]) => left - right).map(([, item]) => item);
    const output = response.output.length > 0 ? response.output : inOrder;
    this.finished = JSON.stringify({ ...response, output });
  }
}

function isEvent(value: unknown): value is ResponseEvent {
  return isObject(value) && typeof value['type'] === 'string';
}

/** What upstream says of its fault: beside `type`, or in `error`. */
function messageOf(fault: unknown): { message?: string } {
  if (!isObject(fault)) return {};
  const nested = isObject(fault['error']) ? fault['error']['message'] : undefined;
  const message = nested ?? fault['message'];
  return typeof message === 'string' ? { message } : {};
}
