import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { Log } from '#service';
import type { ChannelScope } from './channel-message.js';
import { PresenceRepository, type PresentMember } from './presence.repository.js';

const maxAboutBytes = 4_096;
/** A subscriber's presence outlives a broken connection for so long. */
const subscribedSeconds = 30;

export interface Presence {
  readonly member: string;
  readonly about?: unknown;
}

/** Who is on a channel: those who said so lately, and those who follow it under a name. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly repository: PresenceRepository,
    private readonly log: Log,
  ) {}

  /** @throws ServiceError payload_too_large; conflict when the channel has too many members. */
  async keep(scope: ChannelScope, { member, about }: Presence, seconds: number): Promise<void> {
    if (Buffer.byteLength(JSON.stringify(about ?? null)) > maxAboutBytes) {
      throw new ServiceError('payload_too_large', `A member may say ${maxAboutBytes} bytes of itself.`, {
        param: 'about',
      });
    }
    if (await this.repository.keep(scope, member, about, seconds * 1_000)) return;
    throw new ServiceError('conflict', 'The channel has as many members as it may have.');
  }

  /** Keeps a member present until the returned function is called. */
  async hold(scope: ChannelScope, presence: Presence): Promise<() => Promise<void>> {
    await this.keep(scope, presence, subscribedSeconds);
    const again = setInterval(
      () => {
        this.keep(scope, presence, subscribedSeconds).catch((error: unknown) =>
          this.log.warn('presence not kept', { error }),
        );
      },
      (subscribedSeconds * 1_000) / 3,
    ).unref();
    return async () => {
      clearInterval(again);
      // With Redis away the presence runs out by itself.
      await this.repository.leave(scope, presence.member).catch(() => undefined);
    };
  }

  leave(scope: ChannelScope, member: string): Promise<boolean> {
    return this.repository.leave(scope, member);
  }

  list(scope: ChannelScope): Promise<PresentMember[]> {
    return this.repository.list(scope);
  }
}
