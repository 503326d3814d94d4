import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConnections } from '#redis-connection';

/** A failover may bring another version of the server. Milliseconds. */
const askEveryMs = 60_000;

/**
 * What the server (role `state`) can do beyond Redis 7.0. It is asked, because versions tell little: forks and managed servers
 * count their own. Until it has answered it can do nothing more.
 */
@Injectable()
export class ServerAbilities implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private canAckDel = false;

  constructor(private readonly connections: RedisConnections) {}

  /** XACKDEL (Redis 8.2): acknowledges and deletes in one command. */
  get xackdel(): boolean {
    return this.canAckDel;
  }

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => void this.ask(), askEveryMs).unref();
    await this.ask();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Never rejects: a server that does not answer is asked again. */
  private async ask(): Promise<void> {
    try {
      const [found] = (await this.connections.command('state').call('COMMAND', 'INFO', 'XACKDEL')) as unknown[];
      this.canAckDel = found !== null && found !== undefined;
    } catch {
      // What was known stays; scripts do without a command that is missing after all.
    }
  }
}
