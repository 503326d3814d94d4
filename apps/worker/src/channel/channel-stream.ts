import { encodeSseComment } from '#llm';
import { publishedAt, type ChannelMessage } from './channel-message.js';
import type { ChannelEvent } from './channel.service.js';

/** A message as clients see it. */
export function shownMessage(message: ChannelMessage) {
  return { ...message, publishedAt: publishedAt(message) };
}

/** The frames of an event stream (WHATWG HTML, 9.2): a reader that comes back names its last `id` in `Last-Event-ID`. */
export async function* channelFrames(events: AsyncIterable<ChannelEvent>): AsyncGenerator<string> {
  for await (const event of events) yield frameOf(event);
}

function frameOf(event: ChannelEvent): string {
  switch (event.kind) {
    case 'message': {
      const { id, type = 'message' } = event.message;
      return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(shownMessage(event.message))}\n\n`;
    }
    case 'gap':
      return `event: gap\ndata: ${JSON.stringify({ after: event.after })}\n\n`;
    case 'open':
      return encodeSseComment('following');
    case 'heartbeat':
      return encodeSseComment('still here');
  }
}
