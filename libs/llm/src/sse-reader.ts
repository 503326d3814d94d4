import { Readable } from 'node:stream';
import { createParser, type EventSourceMessage, type ParseError } from 'eventsource-parser';
import { UpstreamError } from './upstream-error.js';

export interface SseEvent {
  readonly data: string;
  readonly event?: string;
}

/** Milliseconds that an upstream has to end its answer after the last event. */
const restMs = 250;
/** The events that end a stream of the Responses API, which knows no `[DONE]`. */
const lastEvents = new Set(['response.completed', 'response.incomplete', 'response.failed']);
/** Longest event, in characters: a whole image in one chunk fits, an endless line does not. */
const longestEvent = 32 * 1024 * 1024;

/**
 * Reads server-sent events from raw bytes: characters may be split between chunks, comments are dropped, and a last
 * event that lacks its blank line still counts. Fails with UpstreamError when one event is longer than the bound.
 */
export async function* readSse(
  body: AsyncIterable<Buffer | Uint8Array>,
  options: { readonly maxEventLength?: number } = {},
): AsyncGenerator<SseEvent> {
  const events: EventSourceMessage[] = [];
  let fault: ParseError | undefined;
  const parser = createParser({
    maxBufferSize: options.maxEventLength ?? longestEvent,
    onEvent: (event) => events.push(event),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') fault = error;
    },
  });
  const drain = (): EventSourceMessage[] => {
    if (fault) throw new UpstreamError('upstream_failed', 'upstream sent an event that is too long');
    return events.splice(0);
  };
  const decoder = new TextDecoder();
  const iterator = body[Symbol.asyncIterator]();
  let last: EventSourceMessage | undefined;
  try {
    for (let part = await iterator.next(); !part.done; part = await iterator.next()) {
      parser.feed(decoder.decode(part.value, { stream: true }));
      for (const event of drain()) {
        last = event;
        yield event;
      }
    }
    parser.feed(`${decoder.decode()}\n\n`);
    yield* drain();
  } finally {
    if (last && isLast(last)) void readRest(body, iterator);
    else await iterator.return?.();
  }
}

function isLast({ data, event }: EventSourceMessage): boolean {
  return data.trim() === '[DONE]' || lastEvents.has(event ?? '');
}

/**
 * A reader that stops at the last event leaves the few bytes that end the HTTP answer: read, they let the connection be used
 * again; an upstream that does not end is cut off soon.
 */
async function readRest(body: object, iterator: AsyncIterator<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => {
    if (body instanceof Readable) body.destroy();
  }, restMs);
  try {
    while (!(await iterator.next()).done);
  } catch {
    // Whatever goes wrong after the last event concerns nobody.
  } finally {
    clearTimeout(timer);
  }
}
