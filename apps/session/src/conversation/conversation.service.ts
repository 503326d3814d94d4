import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { newId } from '#service';
import { ArchiveOutbox } from '../archive/archive-outbox.js';
import type { SessionAddress } from '../message/message-log.js';
import { TokenCounter } from '../message/token-counter.js';
import { noSession } from '../session.errors.js';
import { UserSessionsRepository } from '../user/user-sessions.repository.js';
import { UserSessionsService } from '../user/user-sessions.service.js';
import { admits, type Asker } from './asker.js';
import { ConversationRepository, type StoredSession } from './conversation.repository.js';
import { mergePatch, metadataText, parseObject } from './merge-patch.js';

const defaultTtlSeconds = 3_600;
/** Times that a change is made anew because somebody else was faster. */
const mostTries = 10;

export interface NewSession {
  readonly tenant: string;
  readonly id?: string;
  readonly userId?: string;
  readonly ttlSeconds?: number;
  readonly metadata?: Record<string, unknown>;
}

/** Sessions: made, looked at, changed and deleted. */
@Injectable()
export class ConversationService {
  constructor(
    private readonly sessions: ConversationRepository,
    private readonly listed: UserSessionsRepository,
    private readonly users: UserSessionsService,
    private readonly archive: ArchiveOutbox,
    private readonly tokens: TokenCounter,
  ) {}

  /** @throws ServiceError conflict when the id is taken, by whomever */
  async create({ tenant, id, userId, ttlSeconds, metadata }: NewSession): Promise<StoredSession> {
    const sessionId = id ?? newId();
    const ttlMs = (ttlSeconds ?? defaultTtlSeconds) * 1_000;
    const text = metadataText(metadata ?? {});
    const now = Date.now();
    this.tokens.prepare();
    // First the list, so that whoever is killed in between leaves no session that its user's list lacks.
    if (userId !== undefined) {
      await this.users.prune({ tenant, userId });
      await this.listed.list({ tenant, userId }, sessionId, now, now + ttlMs);
    }
    const times = await this.sessions.create({ tenant, sessionId }, { user: userId ?? '', ttlMs, metadata: text });
    if (!times) {
      if (userId !== undefined) await this.users.forgetForeign({ tenant, userId }, sessionId);
      throw new ServiceError('conflict', 'There is a session of this id', { param: 'id', reason: 'session_exists' });
    }
    const empty = { sessionId, user: userId ?? '', ttlMs, metadata: text, lastSeq: 0, messageCount: 0 };
    return { ...empty, ...times, updatedAt: times.createdAt };
  }

  /** @throws ServiceError not_found */
  async read(session: SessionAddress, asker: Asker): Promise<StoredSession> {
    const found = await this.sessions.read(session);
    if (!found || !admits(asker, found.user)) throw noSession();
    return found;
  }

  /** Merges metadata; any change prolongs the session. @throws ServiceError not_found */
  async patch(
    session: SessionAddress,
    asker: Asker,
    { metadata, ttlSeconds }: { metadata?: Record<string, unknown>; ttlSeconds?: number },
  ): Promise<StoredSession> {
    const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1_000;
    for (let tries = 1; tries <= mostTries; tries++) {
      const { metadata: before } = await this.read(session, asker);
      const after = metadata ? metadataText(mergePatch(parseObject(before), metadata)) : before;
      const outcome = await this.sessions.patch(session, asker, { before, after, ttlMs });
      if (outcome === 'absent') break;
      if (outcome === 'changed') continue;
      const patched = await this.read(session, asker);
      await this.relist(session.tenant, patched);
      return patched;
    }
    throw noSession();
  }

  /** @throws ServiceError not_found */
  async delete(session: SessionAddress, asker: Asker): Promise<void> {
    if (this.archive.isOn) await this.archive.expect(session);
    const gone = await this.sessions.delete(session, asker, this.archive.isOn ? 'tell' : 'skip');
    if (!gone) throw noSession();
    if (gone.user) await this.listed.unlist({ tenant: session.tenant, userId: gone.user }, [session.sessionId]);
  }

  private async relist(tenant: string, { sessionId, user, updatedAt, expiresAt }: StoredSession): Promise<void> {
    if (user) await this.listed.list({ tenant, userId: user }, sessionId, updatedAt, expiresAt);
  }
}
