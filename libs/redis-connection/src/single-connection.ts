import { Redis } from 'ioredis';
import { commandOptions, type ClientSettings } from './client-options.js';
import { quitPolitely, type CommandConnection, type ConnectionState } from './command-connection.js';
import { endClient } from './end-client.js';
import { GuardedConnection } from './guarded-connection.js';
import { quietSentinels } from './quiet-sentinels.js';
import type { RedisTarget } from './redis-url.js';

/** Milliseconds until a client that gave up for good is made to connect again. */
const reviveAfterMs = 100;

/** Commands to one server, or to the master that the sentinels name. */
export class SingleConnection implements CommandConnection {
  readonly client: Redis;
  private readonly guard: GuardedConnection;
  private closed = false;

  constructor(
    target: RedisTarget,
    settings: ClientSettings,
    timeoutMs: number,
    readonly state: ConnectionState,
  ) {
    this.client = quietSentinels(new Redis(commandOptions(target, settings)));
    this.client.on('end', () => this.revive());
    this.guard = new GuardedConnection(this.client, {
      timeoutMs,
      startsOpen: true,
      onChange: () => state.update(this.guard.isOpen ? 'degraded' : 'connected', this.guard.reason),
    });
  }

  get reason(): string {
    return this.guard.reason;
  }

  connect(): void {
    if (this.client.status === 'wait') {
      this.client.connect().catch(() => undefined);
    }
  }

  /** ioredis ends for good when a failover is told while it connects through the sentinels. */
  private revive(): void {
    const reconnect = () => {
      if (!this.closed && this.client.status === 'end') this.client.connect().catch(() => undefined);
    };
    if (!this.closed) setTimeout(reconnect, reviveAfterMs).unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.state.end();
    await quitPolitely(this.client);
    this.guard.stop();
    endClient(this.client);
  }
}
