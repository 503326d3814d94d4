import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceError, type LimitRule, type LimitRulesReply } from '#contracts';
import { settledRules, type LimitRules } from '#limits';
import { LarderConfig, Log } from '#service';
import { RuleFeed } from './rule-feed.js';
import { RuleRepository } from './rule.repository.js';

type RuleValue<Kind> = Extract<LimitRule, { readonly kind: Kind }>['value'];

const pageSize = 500;
const refreshMs = 300;
/** A whole reading now and then also drops rules that vanished without a change, as a flush makes them. */
const reloadMs = 60_000;

/**
 * All policies, assignments and blocks in memory, so that they hold while Redis is away and cost nothing. Changes made
 * elsewhere arrive within half a second.
 */
@Injectable()
export class RuleDirectory implements OnApplicationBootstrap, OnApplicationShutdown {
  private feed: RuleFeed;
  private readonly settled: ReadonlyMap<string, LimitRule>;
  private loadedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private last: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly repository: RuleRepository,
    config: LarderConfig,
    private readonly log: Log,
  ) {
    const rules = settledRules(config.limitPolicies, config.limitAssignments);
    this.settled = new Map(rules.map((rule) => [rule.id, rule]));
    this.feed = new RuleFeed(this.settled);
  }

  get rules(): LimitRules {
    return this.feed.limits;
  }

  /** Whether Redis was read at least once: until then, only the rules of the configuration are known. */
  get loaded(): boolean {
    return this.loadedAt > 0;
  }

  /** Every policy, assignment or block in effect. */
  values<Kind extends LimitRule['kind']>(kind: Kind): RuleValue<Kind>[] {
    return [...this.rules.all()].flatMap((rule) => (rule.kind === kind ? [rule.value as RuleValue<Kind>] : []));
  }

  changesSince(since: number | undefined): LimitRulesReply {
    return this.feed.changesSince(since);
  }

  /** Whether the configuration, or the suite itself, brings this rule: it can be replaced, and never be removed. */
  isSettled(id: string): boolean {
    return this.feed.isSettled(id);
  }

  /** @throws ServiceError conflict when there are too many rules */
  async set(rule: LimitRule): Promise<void> {
    if (!(await this.repository.set(rule))) {
      throw new ServiceError('conflict', 'There are too many policies, assignments and blocks');
    }
    await this.refresh();
  }

  /** False when there was none. */
  async remove(id: string): Promise<boolean> {
    const removed = await this.repository.remove(id);
    await this.refresh();
    return removed;
  }

  /**
   * Reads what changed; one command when nothing did. Readings follow each other, and one that begins after the call is
   * awaited: whoever just changed a rule sees the change.
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
    const named = this.values('assignment').map(({ policy }) => policy);
    const missing = [...new Set(named)].filter((policy) => !this.rules.limitsOf(policy));
    if (this.loaded && missing.length > 0) this.log.warn('Policies are assigned that do not exist', { missing });
  }

  onApplicationShutdown(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async tick(): Promise<void> {
    // Redis being away is told by its connection, once; what is known serves meanwhile.
    await this.refresh().catch(() => undefined);
    if (this.closed) return;
    this.timer = setTimeout(() => void this.tick(), refreshMs);
    this.timer.unref();
  }

  private async read(): Promise<void> {
    if (performance.now() - this.loadedAt > reloadMs) return this.reload();
    const { version, newest } = this.feed;
    const changes = await this.repository.changesFrom(version, pageSize);
    const continues = newest === undefined || changes.some(({ id }) => id === newest);
    // The last change is missing, or there is more than one page: not worth a special path.
    if (!continues || changes.length === pageSize) return this.reload();
    const news = changes.filter((change) => change.version > version);
    if (news.length > 0) this.feed.take(news);
  }

  private async reload(): Promise<void> {
    const fresh = new RuleFeed(this.settled);
    for (;;) {
      const page = await this.repository.changesFrom(fresh.version + 1, pageSize);
      fresh.take(page, this.feed);
      if (page.length < pageSize) break;
    }
    this.feed = fresh;
    this.loadedAt = performance.now();
    for (const { id, version } of fresh.lapsed(Date.now())) await this.repository.remove(id, version);
  }
}
