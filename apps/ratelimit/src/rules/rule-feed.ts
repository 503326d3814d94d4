import type { LimitRule, LimitRuleChange, LimitRulesReply } from '#contracts';
import { LimitRules } from '#limits';
import { parseRule } from './rule-text.js';
import type { RuleChange } from './rule.repository.js';

interface Known {
  readonly version: number;
  /** Nothing: it was removed, or cannot be read. */
  readonly rule: LimitRule | undefined;
}

/** Rules of one reply. */
const pageSize = 500;

/**
 * All rules that this process knows, in the order of their changes. Settled ones (presets, the configuration file) hold where
 * nothing else was set in their place.
 */
export class RuleFeed {
  readonly limits: LimitRules;
  version = 0;
  newest: string | undefined;
  private readonly known = new Map<string, Known>();

  constructor(private readonly settled: ReadonlyMap<string, LimitRule>) {
    this.limits = new LimitRules([...settled.values()]);
  }

  /** The oldest change first. What another feed has read at the same version is not parsed again. */
  take(changes: readonly RuleChange[], last?: RuleFeed): void {
    for (const change of changes) {
      const { id, version } = change;
      const same = last?.known.get(id);
      const rule = same?.version === version ? same.rule : readRule(change);
      // Set anew, so that the order is that of the changes.
      this.known.delete(id);
      this.known.set(id, { version, rule });
      [this.version, this.newest] = [version, id];
    }
    this.limits.apply(changes.map(({ id }) => this.changeOf(id)));
  }

  /** Without `since`, everything. */
  changesSince(since: number | undefined): LimitRulesReply {
    const changes: LimitRuleChange[] = since === undefined ? [...this.settled.values()] : [];
    let version = since ?? 0;
    if (version >= this.version) return { version: this.version, changes, more: false };
    let places = 0;
    for (const [id, known] of this.known) {
      if (known.version <= version) continue;
      if ((places += 1) > pageSize) return { version, changes, more: true };
      changes.push(this.changeOf(id));
      version = known.version;
    }
    return { version, changes, more: false };
  }

  isSettled(id: string): boolean {
    return this.settled.has(id);
  }

  /** Blocks whose time is over. */
  lapsed(now: number): { readonly id: string; readonly version: number }[] {
    return [...this.known].flatMap(([id, { version, rule }]) => {
      const until = rule?.kind === 'block' ? rule.value.until : undefined;
      return until !== undefined && Date.parse(until) <= now ? [{ id, version }] : [];
    });
  }

  private changeOf(id: string): LimitRuleChange {
    return this.known.get(id)?.rule ?? this.settled.get(id) ?? { id, kind: 'removed' };
  }
}

function readRule({ id, text }: RuleChange): LimitRule | undefined {
  return text === null ? undefined : parseRule(id, text);
}
