import { setImmediate as immediate } from 'node:timers/promises';
import type { RedisClient, RedisRole } from '#redis-connection';
import { backoffMs } from './backoff.js';
import { isClustered, type BusConnections } from './bus-connections.js';
import type { TransportLog } from './transport-log.js';

export interface ReadLoopOptions {
  /** What is read, for the log and for CLIENT LIST. */
  readonly purpose: string;
  readonly connections: BusConnections;
  /** Whose server is read; `bus` unless told. */
  readonly role?: RedisRole;
  readonly blockMs: number;
  readonly log: TransportLog;
  /** Awaited before each turn; no watchdog watches it. */
  readonly ready?: () => Promise<void>;
  /** One blocking read, and what follows from it. Must not run longer than `blockMs` and a little. */
  readonly turn: (client: RedisClient) => Promise<void>;
  /** The stream or its group is gone (first start, FLUSHALL, failover). */
  readonly onMissingGroup?: () => Promise<void>;
}

const watchdogMs = 500;
const graceMs = 2_000;
const firstBackoffMs = 20;
const longestBackoffMs = 1_000;
const faultsPerClient = 8;

/** Reads for ever: no fault ends it, a connection that hangs is replaced, and the log tells only of changes. */
export class ReadLoop {
  private client?: RedisClient;
  private clientId?: number;
  private stopped = false;
  private faults = 0;
  private ticks = 0;
  private turnAt = 0;
  private waiting = false;
  private rejectTurn?: (error: Error) => void;
  private wakeUp?: () => void;
  private finished?: Promise<void>;

  constructor(private readonly options: ReadLoopOptions) {}

  private get role(): RedisRole {
    return this.options.role ?? 'bus';
  }

  start(): void {
    this.finished ??= this.run();
  }

  get started(): boolean {
    return this.finished !== undefined;
  }

  /** True from the first read that came back. */
  get hasConsumed(): boolean {
    return this.turnAt > 0;
  }

  /** True while reads come back in time, or wait for a free slot. */
  get isConsuming(): boolean {
    return !this.stopped && (this.waiting || Date.now() - this.turnAt < this.options.blockMs + graceMs);
  }

  /** Ends after the turn under way, which is cut short where Redis allows it. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp?.();
    await this.unblock();
    await this.finished;
  }

  private async run(): Promise<void> {
    const watchdog = setInterval(() => this.watch(), watchdogMs).unref();
    while (!this.stopped) {
      try {
        await this.waitUntilReady();
        if (this.stopped) break;
        this.client ??= this.options.connections.openBlocking(this.role, this.options.purpose);
        await this.watched(this.client);
        this.recovered();
        // What this turn caused is written first, and more arrives meanwhile: the next read brings a larger batch.
        await immediate();
      } catch (error) {
        await this.recover(error as Error);
      }
    }
    clearInterval(watchdog);
    this.replaceClient();
  }

  private async waitUntilReady(): Promise<void> {
    if (!this.options.ready) return;
    this.waiting = true;
    await this.options.ready();
    this.waiting = false;
  }

  private watched(client: RedisClient): Promise<void> {
    this.ticks = 0;
    return new Promise((resolve, reject) => {
      this.rejectTurn = reject;
      const identified = this.clientId !== undefined || isClustered(client);
      const turn = identified ? this.options.turn(client) : this.identify(client).then(() => this.options.turn(client));
      turn.then(resolve, reject);
    });
  }

  /** By its id the connection can be unblocked at the end; a Cluster client has several, and waits instead. */
  private async identify(client: RedisClient): Promise<void> {
    this.clientId = await client.client('ID');
  }

  /** Counts ticks, not milliseconds: after this process itself was stopped, a reply may lie unread in the socket. */
  private watch(): void {
    if (!this.rejectTurn || ++this.ticks * watchdogMs <= this.options.blockMs + graceMs) return;
    this.replaceClient();
    this.rejectTurn(new Error('the connection hangs'));
  }

  private recovered(): void {
    this.rejectTurn = undefined;
    this.turnAt = Date.now();
    if (this.faults > 0) this.options.log.info(`Reading ${this.options.purpose} again`);
    this.faults = 0;
  }

  private async recover(error: Error): Promise<void> {
    this.rejectTurn = undefined;
    this.waiting = false;
    this.clientId = undefined;
    if (this.stopped) return;
    const missing = error.message?.startsWith('NOGROUP');
    if (this.faults === 0 && !missing)
      this.options.log.warn(`Reading ${this.options.purpose} failed: ${error.message}`);
    if (missing && (await this.restoredGroup())) return;
    this.faults++;
    // A client can end for good while it reconnects (seen with Sentinel failovers), or never find its server again.
    if (this.client?.status === 'end' || this.faults % faultsPerClient === 0) this.replaceClient();
    await this.pause(backoffMs(this.faults, firstBackoffMs, longestBackoffMs));
  }

  private async restoredGroup(): Promise<boolean> {
    try {
      await this.options.onMissingGroup?.();
      // Whoever deletes streams in a loop must not make this one spin.
      await this.pause(backoffMs(1, firstBackoffMs, longestBackoffMs));
      return true;
    } catch {
      return false;
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async unblock(): Promise<void> {
    if (this.clientId === undefined) return;
    try {
      await this.options.connections.command(this.role).client('UNBLOCK', this.clientId);
    } catch {
      // The read ends by itself within blockMs.
    }
  }

  private replaceClient(): void {
    if (this.client) this.options.connections.closeBlocking(this.client);
    this.client = undefined;
    this.clientId = undefined;
  }
}
