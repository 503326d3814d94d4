import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LimitRules, settledRules } from '#limits';
import { LarderConfig } from '#service';
import { LimitsClient } from './limits.client.js';

/** The limit service itself hears of a change within half a second: together that is less than one. Milliseconds. */
const refreshMs = 300;
/** A failover or a flush takes rules away without a change. Milliseconds. */
const reloadMs = 60_000;

/** Rules, and how far they were read. */
interface Reading {
  readonly rules: LimitRules;
  version?: number;
}

/** Every policy, assignment and block in memory, so that a caller without limits costs nothing; changes come within a second. */
@Injectable()
export class LimitRulesService implements OnApplicationBootstrap, OnApplicationShutdown {
  private known: Reading;
  private loadedAt = -Infinity;
  private timer?: NodeJS.Timeout;
  private isClosed = false;

  constructor(
    private readonly client: LimitsClient,
    { limitPolicies, limitAssignments }: LarderConfig,
  ) {
    // Until the service has told its rules, those of the file are the best that is known.
    this.known = { rules: new LimitRules(settledRules(limitPolicies, limitAssignments)) };
  }

  get current(): LimitRules {
    return this.known.rules;
  }

  /** Whether the service was heard at all: before that nobody knows that somebody has no limits. */
  get isLoaded(): boolean {
    return this.known.version !== undefined;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.tick();
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  /** Never rejects: a service that is away is told of by its connection, and what was known goes on to hold. */
  private async tick(): Promise<void> {
    await this.refresh().catch(() => undefined);
    if (this.isClosed) return;
    this.timer = setTimeout(() => void this.tick(), refreshMs);
    this.timer.unref();
  }

  private async refresh(): Promise<void> {
    if (Date.now() - this.loadedAt < reloadMs) return this.read(this.known);
    const fresh: Reading = { rules: new LimitRules() };
    await this.read(fresh);
    this.known = fresh;
    this.loadedAt = Date.now();
  }

  private async read(into: Reading): Promise<void> {
    for (let more = true; more && !this.isClosed;) {
      const reply = await this.client.rules(into.version);
      // Replicas may be a moment apart: one that is behind the last that was asked says nothing.
      if (into.version !== undefined && reply.version < into.version) return;
      into.rules.apply(reply.changes);
      into.version = reply.version;
      more = reply.more;
    }
  }
}
