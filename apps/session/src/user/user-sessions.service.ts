import { Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '#service';
import { ConversationRepository, type StoredSession } from '../conversation/conversation.repository.js';
import { UserSessionsRepository, type ActivityPlace, type UserScope } from './user-sessions.repository.js';

const mostPruned = 50;

export interface SessionsPage {
  readonly sessions: readonly StoredSession[];
  readonly nextCursor: string | null;
}

/** A user's sessions, the last active first; those that are gone are never among them. */
@Injectable()
export class UserSessionsService {
  constructor(
    private readonly listed: UserSessionsRepository,
    private readonly sessions: ConversationRepository,
  ) {}

  /** @throws ServiceError invalid_request for a cursor that is not of such a list */
  async page(user: UserScope, limit: number, cursor?: string): Promise<SessionsPage> {
    await this.prune(user);
    let place = cursor === undefined ? undefined : placeIn(cursor);
    const found: StoredSession[] = [];
    for (;;) {
      const places = await this.listed.behind(user, place, limit - found.length);
      const read = await Promise.all(places.map(({ sessionId }) => this.ownSession(user, sessionId)));
      found.push(...read.filter((session) => session !== undefined));
      place = places.at(-1) ?? place;
      const isLast = places.length === 0;
      if (isLast || found.length === limit) return { sessions: found, nextCursor: isLast ? null : cursorAt(place!) };
    }
  }

  /** Takes what is really gone off the list; what is listed with too early an end is prolonged. */
  async prune(user: UserScope): Promise<void> {
    const ended = await this.listed.ended(user, Date.now(), mostPruned);
    const read = await Promise.all(ended.map((sessionId) => this.ownSession(user, sessionId)));
    for (const session of read) {
      if (session) await this.listed.list(user, session.sessionId, session.updatedAt, session.expiresAt);
    }
    const gone = ended.filter((_, index) => read[index] === undefined);
    await this.listed.unlist(user, gone);
  }

  /** After an id turned out to be taken: by this user's own session, which stays listed, or by another's. */
  async forgetForeign(user: UserScope, sessionId: string): Promise<void> {
    if (!(await this.ownSession(user, sessionId))) await this.listed.unlist(user, [sessionId]);
  }

  private async ownSession({ tenant, userId }: UserScope, sessionId: string): Promise<StoredSession | undefined> {
    const session = await this.sessions.read({ tenant, sessionId });
    return session?.user === userId ? session : undefined;
  }
}

function cursorAt({ updatedAt, sessionId }: ActivityPlace): string {
  return encodeCursor(`${updatedAt}.${sessionId}`);
}

function placeIn(cursor: string): ActivityPlace {
  const place = decodeCursor(cursor, /^\d{1,15}\.[A-Za-z0-9_.-]{1,128}$/);
  const dot = place.indexOf('.');
  return { updatedAt: Number(place.slice(0, dot)), sessionId: place.slice(dot + 1) };
}
