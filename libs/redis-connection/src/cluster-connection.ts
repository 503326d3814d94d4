import { Cluster, type Redis } from 'ioredis';
import { commandClusterOptions, type ClientSettings } from './client-options.js';
import { quitPolitely, type CommandConnection, type ConnectionState } from './command-connection.js';
import { endClient } from './end-client.js';
import { GuardedConnection } from './guarded-connection.js';
import { RedisUnavailableError } from './redis-unavailable-error.js';
import type { RedisTarget } from './redis-url.js';

const refreshEveryMs = 1_000;

/** Commands to a cluster: each node has its own guard, so that a lost one does not take the others' slots away. */
export class ClusterConnection implements CommandConnection {
  readonly client: Cluster;
  private readonly guards = new Map<Redis, GuardedConnection>();
  private lastReason = 'not connected yet';
  private refreshing: NodeJS.Timeout | undefined;

  constructor(
    target: RedisTarget,
    settings: ClientSettings,
    private readonly timeoutMs: number,
    readonly state: ConnectionState,
  ) {
    this.client = new Cluster([...target.addresses], commandClusterOptions(target, settings));
    this.refuseUntilReady();
    this.client.on('+node', (node: Redis) => this.guard(node));
    this.client.on('refresh', () => this.forgetRemovedNodes());
    this.client.on('error', (error: Error) => (this.lastReason = error.message));
    for (const event of ['ready', 'close', '-node', 'end']) {
      this.client.on(event, () => this.judge());
    }
  }

  get reason(): string {
    const open = [...this.guards.values()].find((guard) => guard.isOpen);
    return open?.reason ?? this.lastReason;
  }

  connect(): void {
    if (this.client.status === 'wait') {
      this.client.connect().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.state.end();
    await quitPolitely(this.client);
    this.guards.forEach((guard) => guard.stop());
    endClient(this.client);
    this.readSlotsWhile(false);
  }

  /** Before it knows its slots, a Cluster would let commands wait for them; pipelines take another path than the rest. */
  private refuseUntilReady(): void {
    const { client } = this;
    const send = client.sendCommand.bind(client);
    client.sendCommand = (command, stream, node) => {
      if (client.status === 'ready' || command.name === 'cluster') {
        return send(command, stream, node);
      }
      command.reject(new RedisUnavailableError());
      return command.promise;
    };
    client.delayUntilReady = (callback) => process.nextTick(callback, new RedisUnavailableError());
  }

  private guard(node: Redis): void {
    const options = { timeoutMs: this.timeoutMs, startsOpen: false, onChange: () => this.judge() };
    this.guards.set(node, new GuardedConnection(node, options));
    // Before its first command needs it; at once would be before ioredis has put it into place.
    setImmediate(() => {
      if (node.status === 'wait') {
        node.connect().catch(() => undefined);
      }
    });
  }

  /** A cluster serves when every master does. */
  private judge(): void {
    const lost = this.client.nodes('master').some((node) => this.guards.get(node)?.isOpen);
    const serves = this.client.status === 'ready' && !lost;
    this.state.update(serves ? 'connected' : 'degraded', this.reason);
    this.readSlotsWhile(this.client.status === 'ready' && lost);
  }

  /** No command reaches a lost master, so none is redirected to its successor: ask the others who that is. */
  private readSlotsWhile(lost: boolean): void {
    if (!lost) {
      clearInterval(this.refreshing);
      this.refreshing = undefined;
      return;
    }
    this.refreshing ??= setInterval(() => this.client.refreshSlotsCache(() => this.judge()), refreshEveryMs).unref();
  }

  private forgetRemovedNodes(): void {
    const present = new Set(this.client.nodes('all'));
    for (const [node, guard] of this.guards) {
      if (!present.has(node)) {
        guard.stop();
        endClient(node);
        this.guards.delete(node);
      }
    }
    this.judge();
  }
}
