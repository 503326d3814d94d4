import { request, type IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';

interface FollowedMessage {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
  readonly from?: string;
}

/** One follower of a channel, as its own connection. */
export interface Follower {
  readonly messages: FollowedMessage[];
  readonly gaps: unknown[];
  /** The server has ended the stream. */
  readonly hasEnded: boolean;
  /** Begins to read, after a start with `paused`. */
  read(): void;
  leave(): void;
}

export interface FollowOptions {
  readonly after?: string;
  readonly member?: string;
  readonly paused?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Follows a channel by server-sent events; resolves when the stream has begun. */
export function followChannel(url: string, channel: string, options: FollowOptions = {}): Promise<Follower> {
  const { after, member, paused = false, headers } = options;
  const query = member === undefined ? '' : `?member=${encodeURIComponent(member)}`;
  const asked = request(`${url}/v1/channels/${channel}/events${query}`, {
    headers: { ...headers, ...(after !== undefined && { 'last-event-id': after }) },
  });
  return new Promise((resolve, reject) => {
    asked.once('error', reject).once('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`following answered ${response.statusCode}`));
      response.on('error', () => undefined);
      const follower = gather(response, () => asked.destroy());
      if (!paused) follower.read();
      resolve(follower);
    });
    asked.end();
  });
}

function gather(response: IncomingMessage, leave: () => void): Follower {
  const messages: FollowedMessage[] = [];
  const gaps: unknown[] = [];
  const parser = createParser({
    onEvent: ({ id, event = 'message', data }) => {
      const parsed = JSON.parse(data) as FollowedMessage;
      if (id === undefined) gaps.push(parsed);
      else messages.push({ ...parsed, id, event });
    },
  });
  response.setEncoding('utf8');
  let hasEnded = false;
  response.on('end', () => (hasEnded = true));
  return {
    messages,
    gaps,
    get hasEnded() {
      return hasEnded;
    },
    leave,
    read: () => response.on('data', (part: string) => parser.feed(part)),
  };
}
