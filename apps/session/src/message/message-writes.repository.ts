import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type OneSessionKeys, type SessionKeys } from '#redis-keys';
import { askerText, type Asker } from '../conversation/asker.js';
import { sessionLua } from '../conversation/session-lua.js';
import { fromRedis } from '../session.errors.js';
import type { SessionAddress } from './message-log.js';

const lua = (name: string) => sessionLua(new URL(`./${name}.lua`, import.meta.url));
const appendScript = defineScript({
  name: 'append-messages',
  lua: lua('append-messages'),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries', 'turn', 'outbox'],
  args: ['asker', 'expectedSeq', 'most', 'archive', 'turnId', 'baseSeq'],
});
const editScript = defineScript({
  name: 'edit-message',
  lua: lua('edit-message'),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries', 'outbox'],
  args: ['asker', 'messageId', 'version', 'json', 'archive'],
});
const markScript = defineScript({
  name: 'mark-message',
  lua: lua('mark-message'),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries'],
  args: ['asker', 'messageId', 'before', 'after', 'version'],
});

/** A session takes no more messages than these. */
export const maxMessages = 100_000;

/** A message on its way into the log. */
export interface PreparedMessage {
  readonly id: string;
  /** Of everything the writer sent: another message under the same id is refused. */
  readonly digest: string;
  readonly kind: 'system' | 'tool' | 'other';
  /** Hashes of the tool calls that it makes, or of the one that it answers. */
  readonly calls: readonly string[];
  /** JSON text. */
  readonly element: string;
}

export interface AppendOptions {
  readonly expectedSeq?: number;
  /** The turn that the messages end, and the last `seq` when it began. */
  readonly turn?: { readonly turnId: string; readonly baseSeq: number };
  readonly isArchived: boolean;
}

export type AppendOutcome =
  | ({ readonly state: 'appended'; readonly lastSeq: number; readonly seqs: readonly number[] } & Kept)
  | { readonly state: 'conflict'; readonly lastSeq: number }
  | { readonly state: 'reused' | 'orphan'; readonly index: number }
  | { readonly state: 'absent' | 'lost' | 'full' };

/** What the list of the session's user must know after a write. */
export interface Kept {
  /** Empty: nobody's. */
  readonly user: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export type ChangeOutcome = ({ readonly state: 'done' } & Kept) | { readonly state: 'changed' | 'unknown' | 'absent' };

const kindLetters = { system: 's', tool: 't', other: 'm' } as const;

/** Writes of messages in Redis (role `state`): each is one script on one session, all or nothing. */
@Injectable()
export class MessageWritesRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  async append(
    session: SessionAddress,
    asker: Asker,
    messages: readonly PreparedMessage[],
    { expectedSeq, turn, isArchived }: AppendOptions,
  ): Promise<AppendOutcome> {
    const rows = messages.flatMap(({ id, digest, kind, calls, element }) => [
      ...[id, digest, kindLetters[kind]],
      ...[calls.map((call) => `${call},`).join(''), element],
    ]);
    const args = {
      asker: askerText(asker),
      expectedSeq: expectedSeq ?? '',
      most: maxMessages,
      archive: isArchived ? '1' : '',
      turnId: turn?.turnId ?? '',
      baseSeq: turn?.baseSeq ?? '',
    };
    const input = { keys: this.keysOf(session), args, more: { keys: [], args: rows } };
    return appendOutcome((await fromRedis(() => appendScript.run(this.client, input))) as AppendScriptReply);
  }

  /** Puts another version in a message's place. @param json nothing: the message is deleted */
  async edit(
    session: SessionAddress,
    asker: Asker,
    { messageId, version, json, isArchived }: EditInput,
  ): Promise<ChangeOutcome> {
    const args = { asker: askerText(asker), messageId, version, json: json ?? '', archive: isArchived ? '1' : '' };
    const input = { keys: this.keysOf(session), args };
    return changeOutcome((await fromRedis(() => editScript.run(this.client, input))) as ChangeReply);
  }

  /** Replaces what is noted beside a message. */
  async mark(session: SessionAddress, asker: Asker, { version, ...change }: NotesChange): Promise<ChangeOutcome> {
    const input = { keys: this.keysOf(session), args: { asker: askerText(asker), ...change, version: version ?? '' } };
    return changeOutcome((await fromRedis(() => markScript.run(this.client, input))) as ChangeReply);
  }

  private keysOf({ tenant, sessionId }: SessionAddress): OneSessionKeys {
    return this.keys.session(tenant, sessionId);
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

export interface NotesChange {
  readonly messageId: string;
  /** JSON text. */
  readonly before: string;
  readonly after: string;
  /** The version that the message must have. */
  readonly version?: number;
}

export interface EditInput {
  readonly messageId: string;
  /** The version that the new one is made of. */
  readonly version: number;
  readonly json: string | undefined;
  readonly isArchived: boolean;
}

type AppendScriptReply =
  | ['appended', number, string, string, ...number[]]
  | ['conflict' | 'reused' | 'orphan', number]
  | ['absent' | 'lost' | 'full'];

function appendOutcome(reply: AppendScriptReply): AppendOutcome {
  switch (reply[0]) {
    case 'appended': {
      const [state, lastSeq, expires, user, ...seqs] = reply;
      return { state, lastSeq, user, expiresAt: Number(expires), seqs };
    }
    case 'conflict':
      return { state: reply[0], lastSeq: reply[1] };
    case 'reused':
    case 'orphan':
      return { state: reply[0], index: reply[1] };
    default:
      return { state: reply[0] };
  }
}

type ChangeReply = ['edited' | 'marked', string, string] | ['changed' | 'unknown' | 'absent'];

function changeOutcome([state, expires, user]: ChangeReply): ChangeOutcome {
  if (state === 'edited' || state === 'marked') return { state: 'done', user: user ?? '', expiresAt: Number(expires) };
  return { state };
}
