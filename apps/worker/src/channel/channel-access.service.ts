import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { Authenticator } from '#service';
import { publisherOf } from './channel-caller.js';
import type { ChannelScope } from './channel-message.js';
import { ChannelService } from './channel.service.js';

const lookEveryMs = 1_000;

/** Whether followers may go on: keys are revoked, and permissions change, while streams are open. */
@Injectable()
export class ChannelAccess {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly channels: ChannelService,
  ) {}

  /**
   * Aborted when the client goes, or within about a second after its key or its permission does.
   * @param authorization as it came with the request
   */
  watch(scope: ChannelScope, authorization: string | undefined, gone: AbortSignal): AbortSignal {
    const end = new AbortController();
    const looking = setInterval(() => {
      this.look(scope, authorization).catch(() => end.abort());
    }, lookEveryMs).unref();
    const stop = () => {
      clearInterval(looking);
      end.abort();
    };
    if (gone.aborted) stop();
    gone.addEventListener('abort', stop, { once: true });
    end.signal.addEventListener('abort', () => clearInterval(looking), { once: true });
    return end.signal;
  }

  /** While Redis cannot say, nothing changes: nor can messages be read. @throws ServiceError for who may not go on */
  private async look(scope: ChannelScope, authorization: string | undefined): Promise<void> {
    try {
      const principal = await this.authenticator.authenticate(authorization);
      await this.channels.assertMayRead(scope, publisherOf(principal));
    } catch (error) {
      if (error instanceof ServiceError && (error.code === 'unauthenticated' || error.code === 'forbidden'))
        throw error;
    }
  }
}
