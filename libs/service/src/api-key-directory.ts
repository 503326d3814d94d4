import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { parseApiKey, readyKey, sameSecret, type ApiKeyRecord, type ReadyKey } from './api-key.js';
import { ApiKeyRepository } from './api-key.repository.js';
import type { Principal } from './principal.js';

const pageSize = 500;
const refreshMs = 1_000;
/** A whole reading now and then also drops keys that vanished without a change, as a FLUSHALL makes them. */
const reloadMs = 60_000;

/**
 * All API keys in memory. A request with a known key costs no Redis command and works while Redis is away;
 * changes made elsewhere arrive within about a second; an unknown key is looked up once.
 */
@Injectable()
export class ApiKeyDirectory implements OnApplicationBootstrap, OnApplicationShutdown {
  private known = new Map<string, ReadyKey>();
  private seen = 0;
  private newest: string | undefined;
  private loadedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private last: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | undefined;
  private closed = false;

  /** `settled` keys come from the configuration file and outrank Redis. */
  constructor(
    private readonly repository: ApiKeyRepository,
    private readonly settled: readonly ApiKeyRecord[] = [],
  ) {
    this.known = this.settledKeys();
  }

  /** Whether Redis was read at least once. */
  get loaded(): boolean {
    return this.loadedAt > 0;
  }

  /** At once for a known key. Throws (or rejects with) `unauthenticated`, or `unavailable` for an unknown key while Redis is away. */
  authenticate(token: string): Principal | Promise<Principal> {
    const presented = parseApiKey(token);
    if (!presented) throw refusal();
    const known = this.known.get(presented.keyId);
    return known ? admit(known, presented.secret) : this.lookUp(presented.keyId, presented.secret);
  }

  /** Whether a key of this tenant would be let in now, as far as this process has heard. */
  hasLiveKeys(tenant: string): boolean {
    const now = Date.now();
    for (const { principal, revoked, expiresAtMs } of this.known.values()) {
      if (principal.tenant === tenant && !revoked && expiresAtMs > now) return true;
    }
    return false;
  }

  /**
   * Reads what changed; one command when nothing did. Readings follow each other, and one that begins after the call is
   * awaited: whoever just changed a key sees the change.
   */
  refresh(): Promise<void> {
    this.waiting ??= this.last.then(() => {
      this.waiting = undefined;
      return this.read();
    });
    this.last = this.waiting.catch(() => undefined);
    return this.waiting;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.tick();
  }

  onApplicationShutdown(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async tick(): Promise<void> {
    // Redis being away is told by its connection, once; the snapshot serves meanwhile.
    await this.refresh().catch(() => undefined);
    if (this.closed) return;
    this.timer = setTimeout(() => void this.tick(), refreshMs);
    this.timer.unref();
  }

  private async lookUp(keyId: string, secret: string): Promise<Principal> {
    const record = await this.repository.find(keyId);
    if (!record) throw refusal();
    const key = readyKey(record);
    const principal = admit(key, secret);
    // A refresh may have learnt of a revocation while this look-up was under way: that is newer.
    const current = this.known.get(keyId);
    if (current) return admit(current, secret);
    this.known.set(keyId, key);
    return principal;
  }

  private async read(): Promise<void> {
    if (Date.now() - this.loadedAt > reloadMs) return this.reload();
    const changes = await this.repository.changesFrom(this.seen, pageSize);
    const continues = this.newest === undefined || changes.some(({ keyId }) => keyId === this.newest);
    // The last change is missing, or there is more than one page: not worth a special path.
    if (!continues || changes.length === pageSize) return this.reload();
    const news = changes.filter(({ version }) => version > this.seen);
    await this.take(this.known, news);
    this.advance(news.at(-1));
  }

  private async reload(): Promise<void> {
    const fresh = this.settledKeys();
    const gone: string[] = [];
    let from = 0;
    let newest: { keyId: string; version: number } | undefined;
    for (;;) {
      const page = await this.repository.changesFrom(from, pageSize);
      gone.push(...(await this.take(fresh, page)));
      newest = page.at(-1) ?? newest;
      if (page.length < pageSize || !newest) break;
      from = newest.version + 1;
    }
    this.known = fresh;
    [this.seen, this.newest] = [0, undefined];
    this.advance(newest);
    this.loadedAt = Date.now();
    await this.repository.forget(gone);
  }

  /** Reads the changed keys into a map; answers with those that are no more. */
  private async take(into: Map<string, ReadyKey>, changes: readonly { keyId: string }[]): Promise<string[]> {
    const records = await Promise.all(changes.map(({ keyId }) => this.repository.find(keyId)));
    const gone: string[] = [];
    records.forEach((record, at) => {
      const { keyId } = changes[at]!;
      if (this.settled.some((one) => one.keyId === keyId)) return;
      if (record) into.set(keyId, readyKey(record));
      else {
        into.delete(keyId);
        gone.push(keyId);
      }
    });
    return gone;
  }

  private advance(change: { keyId: string; version: number } | undefined): void {
    if (change) [this.seen, this.newest] = [change.version, change.keyId];
  }

  private settledKeys(): Map<string, ReadyKey> {
    return new Map(this.settled.map((record) => [record.keyId, readyKey(record)]));
  }
}

function admit(key: ReadyKey, secret: string): Principal {
  const lapsed = key.revoked || key.expiresAtMs <= Date.now();
  if (!sameSecret(secret, key.hash) || lapsed) throw refusal();
  return key.principal;
}

/** One refusal for every cause, so that nobody learns which keys exist. */
function refusal(): ServiceError {
  return new ServiceError('unauthenticated', 'The API key is missing, unknown, expired or revoked');
}
