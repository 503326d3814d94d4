import type { SessionDto } from './conversation.dto.js';
import type { StoredSession } from './conversation.repository.js';
import { parseObject } from './merge-patch.js';

export function sessionView(session: StoredSession): SessionDto {
  const { sessionId, user, ttlMs, lastSeq, messageCount } = session;
  const time = (epochMs: number) => new Date(epochMs).toISOString();
  return {
    id: sessionId,
    userId: user === '' ? null : user,
    metadata: parseObject(session.metadata),
    ttlSeconds: ttlMs / 1_000,
    createdAt: time(session.createdAt),
    updatedAt: time(session.updatedAt),
    expiresAt: time(session.expiresAt),
    lastSeq,
    messageCount,
  };
}
