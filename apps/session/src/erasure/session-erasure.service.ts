import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceError, type UserErased } from '#contracts';
import { ArchiveOutbox } from '../archive/archive-outbox.js';
import { ErasureOrdersRepository } from '../archive/erasure-orders.repository.js';
import { ConversationRepository } from '../conversation/conversation.repository.js';
import { PreferencesRepository } from '../user/preferences.repository.js';
import { UserSessionsRepository } from '../user/user-sessions.repository.js';

/** How long the writer of the archive may take; less than an event's deadline, which then tries again. */
const patienceMs = 20_000;
const pollMs = 100;

/** Forgets what the session service itself holds of a user: sessions, preferences, and their lines in the archive. */
@Injectable()
export class SessionErasureService {
  constructor(
    private readonly sessions: ConversationRepository,
    private readonly listed: UserSessionsRepository,
    private readonly preferences: PreferencesRepository,
    private readonly archive: ArchiveOutbox,
    private readonly orders: ErasureOrdersRepository,
  ) {}

  /** Can be repeated. @returns how many of each kind were removed */
  async forget({ erasureId, tenant, userId }: UserErased): Promise<Record<string, number>> {
    const user = { tenant, userId };
    const removed = { sessions: 0, messages: 0, preferences: 0 };
    const sessionIds = await this.listed.all(user);
    const forget = async (sessionId: string) => {
      // Of a session that was another's all along nothing is touched.
      const gone = await this.sessions.delete({ tenant, sessionId }, { userId, reach: 'own' }, 'forget');
      if (!gone) return;
      removed.sessions += 1;
      removed.messages += gone.messages;
    };
    for (const sessionId of sessionIds) await forget(sessionId);
    // Whoever was killed between a change and its listing may have left one that the list lacks.
    for await (const sessionId of this.sessions.idsOf(tenant, userId)) await forget(sessionId);
    await this.listed.unlist(user, sessionIds);
    if (await this.preferences.erase(user)) removed.preferences = 1;
    if (!this.archive.isOn) return removed;
    await this.orders.place(erasureId, { tenant, userId, removed });
    return this.archiveErased(erasureId);
  }

  /** Once it was told, the order is not needed any more. */
  async told({ erasureId }: UserErased): Promise<void> {
    if (this.archive.isOn) await this.orders.remove(erasureId);
  }

  private async archiveErased(erasureId: string): Promise<Record<string, number>> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const order = await this.orders.read(erasureId);
      if (order?.archiveLines !== undefined) return { ...order.removed, archiveLines: order.archiveLines };
      if (performance.now() > until) throw new ServiceError('unavailable', 'The archive is not erased yet');
      await sleep(pollMs);
    }
  }
}
