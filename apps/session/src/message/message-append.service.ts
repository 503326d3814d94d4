import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { ServiceError, type AppendedMessage, type AppendReply, type NewMessage } from '#contracts';
import { Metrics } from '#service';
import { ArchiveOutbox } from '../archive/archive-outbox.js';
import type { Asker } from '../conversation/asker.js';
import { UserSessionsRepository } from '../user/user-sessions.repository.js';
import type { SessionAddress } from './message-log.js';
import {
  maxMessages,
  MessageWritesRepository,
  type AppendOptions,
  type AppendOutcome,
  type Kept,
} from './message-writes.repository.js';
import { assertOwnIds, checkMessage, prepareMessage } from './prepare-message.js';
import { shownFamily, TokenCounter } from './token-counter.js';

/** Bytes of one append, all of its messages together. */
const maxAppendBytes = 4 * 1024 * 1024;

export interface AppendConditions extends Pick<AppendOptions, 'expectedSeq' | 'turn'> {
  /** Begun right behind the append, so that one round trip serves both. It must not reject. */
  readonly thereupon?: () => Promise<void>;
}

/** Appends: atomic, in order, once for each message id. */
@Injectable()
export class MessageAppendService {
  private readonly outcomes: Counter<'outcome'>;

  constructor(
    private readonly writes: MessageWritesRepository,
    private readonly tokens: TokenCounter,
    private readonly users: UserSessionsRepository,
    private readonly archive: ArchiveOutbox,
    metrics: Metrics,
  ) {
    this.outcomes = metrics.counter('larder_session_appends_total', 'Appends by what became of them', ['outcome']);
  }

  /** @throws ServiceError invalid_request, payload_too_large, or conflict for an id that another message has */
  async append(
    session: SessionAddress,
    asker: Asker,
    messages: readonly NewMessage[],
    { thereupon, ...conditions }: AppendConditions = {},
  ): Promise<AppendReply | { readonly state: 'lost' }> {
    const checked = messages.map((message, index) => checkMessage(message, `messages.${index}`));
    assertOwnIds(checked);
    const counted = await Promise.all(
      checked.map(async (message) => ({ message, tokens: await this.tokens.count(message.message) })),
    );
    const prepared = counted.map(({ message, tokens }) => prepareMessage(message, tokens));
    if (prepared.reduce((sum, { element }) => sum + element.length, 0) > maxAppendBytes) {
      throw new ServiceError('payload_too_large', `One append takes at most ${maxAppendBytes} bytes`);
    }
    const options = { ...conditions, isArchived: this.archive.isOn };
    const change = () => this.writes.append(session, asker, prepared, options);
    const outcome = await this.listed(session, asker, change, thereupon);
    this.outcomes.inc({ outcome: outcome.state });
    if (outcome.state !== 'appended') return refusal(outcome);
    const appended = prepared.map<AppendedMessage>(({ id }, index) => ({
      id,
      seq: outcome.seqs[index]!,
      tokens: counted[index]!.tokens[shownFamily] ?? 0,
    }));
    return { state: 'appended', lastSeq: outcome.lastSeq, messages: appended };
  }

  /**
   * Makes a change, and has the user's list and the archive know of it whoever is killed in between: what the asker says of
   * the user goes ahead of the change, the rest is settled before anybody is told that the change was made.
   */
  async listed<T extends { readonly state: string } & Partial<Kept>>(
    session: SessionAddress,
    { userId }: Asker,
    change: () => Promise<T>,
    thereupon?: () => Promise<void>,
  ): Promise<T> {
    const { tenant, sessionId } = session;
    const [isTouched, , outcome] = await Promise.all([
      userId === undefined ? false : this.users.touch({ tenant, userId }, sessionId),
      this.archive.isOn ? this.archive.expect(session) : undefined,
      change(),
      thereupon?.(),
    ]);
    const { user, expiresAt } = outcome;
    if (user && expiresAt !== undefined && !(isTouched && user === userId)) {
      await this.users.list({ tenant, userId: user }, sessionId, Date.now(), expiresAt);
    }
    return outcome;
  }
}

/** What a caller can act upon is a reply; what was wrong with the request is a fault. */
function refusal(
  outcome: Exclude<AppendOutcome, { state: 'appended' }>,
): Exclude<AppendReply, { state: 'appended' }> | { readonly state: 'lost' } {
  switch (outcome.state) {
    case 'orphan': {
      const param = `messages.${outcome.index}.tool_call_id`;
      throw new ServiceError('invalid_request', `${param} answers no open call of the message before`, { param });
    }
    case 'reused':
      throw new ServiceError('conflict', 'Another message of the session has this id', {
        param: `messages.${outcome.index}.id`,
        reason: 'message_id_reused',
      });
    case 'full':
      throw new ServiceError('conflict', `A session takes at most ${maxMessages} messages`, { reason: 'session_full' });
    case 'conflict':
      return outcome;
    case 'absent':
    case 'lost':
      return { state: outcome.state };
  }
}
