import type { RedisClient, RedisLog } from './redis-options.js';

export type RoleStatus = 'connected' | 'degraded';

/** The client for ordinary commands on one URL, with what is known of its health. */
export interface CommandConnection {
  readonly client: RedisClient;
  readonly state: ConnectionState;
  /** Why it does not serve, where it does not. */
  readonly reason: string;
  /** Begins to connect and never fails; attempts go on in the background. */
  connect(): void;
  close(): Promise<void>;
}

/** Whether a connection serves; logs each change of that and nothing else. */
export class ConnectionState {
  status: RoleStatus = 'degraded';
  transitions = 0;
  private ended = false;
  private readonly waiters: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly log?: RedisLog,
  ) {}

  update(status: RoleStatus, reason: string): void {
    if (status === this.status || this.ended) {
      return;
    }
    this.status = status;
    this.transitions += 1;
    if (status === 'degraded') {
      this.log?.warn('Redis degraded', { redis: this.name, reason });
      return;
    }
    this.log?.info('Redis connected', { redis: this.name });
    this.waiters.splice(0).forEach((tell) => tell());
  }

  /** Closing is no transition worth a line. */
  end(): void {
    this.status = 'degraded';
    this.ended = true;
  }

  /** Calls once: the next time that it is connected, or now. */
  onceConnected(tell: () => void): void {
    if (this.status === 'connected') {
      tell();
    } else {
      this.waiters.push(tell);
    }
  }

  /** Resolves when connected, or after so many milliseconds. */
  untilConnected(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.onceConnected(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Lets replies on the way arrive, for at most a moment. */
export async function quitPolitely(client: RedisClient): Promise<void> {
  if (client.status !== 'ready') {
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => (timer = setTimeout(resolve, 500)));
  await Promise.race([client.quit().catch(() => undefined), patience]);
  clearTimeout(timer);
}
