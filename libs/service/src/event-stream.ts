import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** What every event stream says of itself (WHATWG HTML, 9.2). */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Proxies such as nginx would gather the stream.
  'x-accel-buffering': 'no',
};

/** Writes frames as they come, no faster than the client takes them; `frames` is told to return when the client goes. */
export async function sendEventStream(reply: FastifyReply, frames: AsyncIterable<string>): Promise<void> {
  await reply
    .code(200)
    .headers(eventStreamHeaders)
    .send(Readable.from(frames, { objectMode: false }));
}

/** Aborted when the client goes. */
export function untilGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.closed) controller.abort();
  else reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
