import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type OneSessionKeys, type SessionKeys } from '#redis-keys';
import { askerText, anyone, type Asker } from '../conversation/asker.js';
import { sessionLua } from '../conversation/session-lua.js';
import { fromRedis } from '../session.errors.js';
import {
  MessageLog,
  type LogMark,
  type LogState,
  type LogTail,
  type LogWindow,
  type SessionAddress,
} from './message-log.js';
import { readElement } from './stored-element.js';

const lua = (name: string) => sessionLua(new URL(`./${name}.lua`, import.meta.url));
const readMessages = defineScript({
  name: 'read-messages',
  lua: lua('read-messages'),
  keys: ['meta', 'log', 'marks'],
  args: ['asker', 'from', 'to', 'what', 'born', 'edition', 'known', 'element'],
});
const findMessage = defineScript({
  name: 'find-message',
  lua: lua('find-message'),
  keys: ['meta', 'log', 'marks', 'ids'],
  args: ['asker', 'messageId'],
});

type ReadReply = [
  known: [lastSeq: number, deleted: string, edition: string, system: string, born: string, expires: string],
  from: number,
  elements: string[],
  marks: (string | null)[],
  before: (number | string | null)[],
  continues: 0 | 1,
];

/** Characters of an element that hold its times and its message's id. */
const headLength = 200;
const noMark: LogMark = { createdAt: 0, edition: 0, lastSeq: 0, element: '' };

/** Messages of a session from one number on, as they lie in Redis. */
export interface RawMessages {
  readonly state: LogState;
  readonly from: number;
  readonly elements: readonly string[];
  /** What is noted beside each, as JSON; empty unless asked for. */
  readonly marks: readonly (string | null)[];
}

export interface FoundMessage {
  readonly seq: number;
  readonly element: string;
  /** JSON text. */
  readonly mark: string;
  /** Elements, oldest first. */
  readonly earlier: readonly string[];
}

/** Reads of messages in Redis (role `state`); each is one round trip and sees one moment. */
@Injectable()
export class MessageRepository extends MessageLog {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    super();
    this.keys = sessionKeys(connections.keyPrefix);
  }

  override async tail(
    session: SessionAddress,
    count: number,
    asker = anyone,
    mark = noMark,
  ): Promise<LogTail | undefined> {
    const reply = await this.run(session, asker, { from: -count, to: 0, what: 'system', mark });
    return reply && logTail(reply, mark);
  }

  override async range(session: SessionAddress, fromSeq: number, toSeq: number): Promise<LogWindow | undefined> {
    const reply = await this.run(session, anyone, { from: fromSeq, to: toSeq, what: '' });
    return reply && logWindow(reply);
  }

  /** Both ends included, with what is noted beside the messages; nothing when the session is absent for the asker. */
  async page(session: SessionAddress, asker: Asker, from: number, to: number): Promise<RawMessages | undefined> {
    const reply = await this.run(session, asker, { from, to, what: 'marks' });
    return reply && { state: logState(reply), from: reply[1], elements: reply[2], marks: reply[3] };
  }

  async find(session: SessionAddress, asker: Asker, messageId: string): Promise<FoundMessage | 'absent' | 'unknown'> {
    const { meta, log, marks, ids } = this.keysOf(session);
    const input = { keys: { meta, log, marks, ids }, args: { asker: askerText(asker), messageId } };
    const reply = (await fromRedis(() => findMessage.run(this.client, input))) as
      'absent' | 'unknown' | [number, string, string | null, string[]];
    if (typeof reply === 'string') return reply;
    const [seq, element, mark, earlier] = reply;
    return { seq, element, mark: mark ?? '', earlier };
  }

  private async run(
    session: SessionAddress,
    asker: Asker,
    { mark = noMark, ...piece }: { from: number; to: number; what: 'marks' | 'system' | ''; mark?: LogMark },
  ): Promise<ReadReply | undefined> {
    const { meta, log, marks } = this.keysOf(session);
    const { createdAt: born, edition, lastSeq: known, element } = mark;
    const args = { asker: askerText(asker), ...piece, born, edition, known, element };
    const input = { keys: { meta, log, marks }, args };
    return ((await fromRedis(() => readMessages.run(this.client, input))) as ReadReply | null) ?? undefined;
  }

  private keysOf({ tenant, sessionId }: SessionAddress): OneSessionKeys {
    return this.keys.session(tenant, sessionId);
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

function logState([[lastSeq, deleted, edition, system, born, expires]]: ReadReply): LogState {
  return {
    lastSeq,
    deleted: Number(deleted),
    edition: Number(edition),
    systemSeqs: system.split(',').filter(Boolean).map(Number),
    createdAt: Number(born),
    expiresAt: Number(expires),
  };
}

function logWindow(reply: ReadReply): LogWindow {
  const [, from, elements, , before] = reply;
  const messages = elements.map((element, index) => readElement(element, from + index));
  const system = before.map((element, index) =>
    typeof element === 'string' ? readElement(element, Number(before[index - 1])) : undefined,
  );
  const isThere = (message: ReturnType<typeof readElement>) => message !== undefined;
  const size = elements.reduce((sum, { length }) => sum + length, 0);
  return { state: logState(reply), messages: [...system, ...messages].filter(isThere), size };
}

function logTail(reply: ReadReply, before: LogMark): LogTail {
  const window = logWindow(reply);
  const { createdAt, edition, lastSeq } = window.state;
  const [, , elements, , , continues] = reply;
  const known = continues === 1 ? before.element : '';
  return {
    ...window,
    continues: continues === 1,
    mark: { createdAt, edition, lastSeq, element: elements.at(-1)?.slice(0, headLength) ?? known },
  };
}
