import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient, RedisConnections } from '#redis-connection';
import type { IndexLog } from './vector-index.js';

export interface ChangeFeedOptions {
  readonly key: string;
  readonly connections: Pick<RedisConnections, 'command' | 'openBlocking' | 'closeBlocking'>;
  readonly log?: IndexLog;
  /** These documents were written or removed by another replica. */
  readonly onChange: (ids: string[]) => Promise<void>;
  /** Changes may have been missed. */
  readonly onGap: () => void;
}

/** About this many changes are kept; a replica that falls further behind looks through all documents instead. */
const keptChanges = 100_000;
const idsPerChange = 500;
const blockMs = 1_000;
const changesPerRead = 64;
const checkMs = 10_000;
const longestBackoffMs = 2_000;

/** The stream by which replicas tell each other which documents changed; what they are now, each reads for itself. */
export class ChangeFeed {
  private readonly writer = Math.random().toString(36).slice(2, 14);
  private last = '0-0';
  private stopped = false;
  private client?: RedisClient;
  private reading?: Promise<void>;

  constructor(private readonly options: ChangeFeedOptions) {}

  /** From here on no change is missed. */
  async start(): Promise<void> {
    if (!this.reading) {
      this.last = await this.newest();
      this.reading = this.read();
    }
  }

  async publish(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += idsPerChange) {
      const part = JSON.stringify(ids.slice(from, from + idsPerChange));
      const { key } = this.options;
      await this.command.xadd(key, 'MAXLEN', '~', keptChanges, '*', 'writer', this.writer, 'ids', part);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.client) {
      this.options.connections.closeBlocking(this.client);
    }
    await this.reading;
  }

  private get command(): RedisClient {
    return this.options.connections.command('state');
  }

  private async newest(): Promise<string> {
    const [entry] = await this.command.xrevrange(this.options.key, '+', '-', 'COUNT', 1);
    return entry?.[0] ?? '0-0';
  }

  private async read(): Promise<void> {
    this.client = this.options.connections.openBlocking('state', 'vector-changes');
    let faults = 0;
    let checkedAt = Date.now();
    while (!this.stopped) {
      try {
        await this.turn(this.client);
        if (faults > 0 || Date.now() - checkedAt > checkMs) {
          checkedAt = Date.now();
          await this.checkGap();
        }
        faults = 0;
      } catch (error) {
        faults += 1;
        if (faults === 1 && !this.stopped) {
          this.options.log?.warn('Vector changes cannot be read; trying on', { reason: reasonOf(error) });
        }
        await sleep(Math.min(longestBackoffMs, 20 * 2 ** faults) * (0.5 + Math.random() / 2));
      }
    }
  }

  private async turn(client: RedisClient): Promise<void> {
    const { key, onChange } = this.options;
    const reply = await client.xread('COUNT', changesPerRead, 'BLOCK', blockMs, 'STREAMS', key, this.last);
    const entries = reply?.[0]?.[1] ?? [];
    const ids = new Set(entries.flatMap(([, fields]) => this.foreignIds(fields)));
    if (ids.size > 0) {
      await onChange([...ids]);
    }
    this.last = entries.at(-1)?.[0] ?? this.last;
  }

  private foreignIds(fields: readonly string[]): string[] {
    const [, writer, , ids] = fields;
    if (writer === this.writer || ids === undefined) {
      return [];
    }
    const parsed: unknown = JSON.parse(ids);
    return Array.isArray(parsed) ? parsed.filter((id) => typeof id === 'string') : [];
  }

  /** A stream that was trimmed beyond our position, or begun anew, has told others what it did not tell us. */
  private async checkGap(): Promise<void> {
    const [newest, oldest] = await Promise.all([
      this.newest(),
      this.command.xrange(this.options.key, '-', '+', 'COUNT', 1),
    ]);
    const wasCut = oldest[0] !== undefined && this.last !== '0-0' && isAfter(oldest[0][0], this.last);
    if (wasCut || isAfter(this.last, newest)) {
      this.last = isAfter(this.last, newest) ? '0-0' : this.last;
      this.options.onGap();
    }
  }
}

function isAfter(a: string, b: string): boolean {
  const [aMs, aSeq] = a.split('-').map(Number);
  const [bMs, bSeq] = b.split('-').map(Number);
  return aMs! > bMs! || (aMs === bMs && aSeq! > bSeq!);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
