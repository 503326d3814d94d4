import type { LimitAssignment, LimitBlock, LimitPolicy, LimitRule, LimitRuleChange } from '#contracts';
import { effectiveLimits, type EffectiveLimit } from './effective-limit.js';

/** Of a request's subject, what rules are made for. */
export interface RuleSubject {
  readonly user?: string;
  readonly key?: string;
}

export interface BlockedFor {
  /** Milliseconds; null: until somebody lifts it. */
  readonly retryAfterMs: number | null;
}

const nothing: readonly EffectiveLimit[] = [];
const mostHeld = 10_000;

/**
 * Policies, assignments and blocks in memory: which limits apply to whom costs no Redis command, and nothing at all where
 * nobody is assigned to anything.
 */
export class LimitRules {
  private readonly known = new Map<string, LimitRule>();
  private readonly policies = new Map<string, readonly EffectiveLimit[]>();
  /** Names of policies by whom they are for (`place`). */
  private readonly assigned = new Map<string, Set<string>>();
  /** Epoch milliseconds of the end, by whom a block is for. */
  private readonly blocked = new Map<string, number>();
  /** What was worked out since the last change, by the places that have assignments. */
  private readonly held = new Map<string, readonly EffectiveLimit[]>();

  /** `settledRules` for what holds before anything is heard of. */
  constructor(rules: readonly LimitRule[] = []) {
    this.apply(rules);
  }

  /** Takes over what changed. For a reply to "everything", begin with new rules. */
  apply(changes: readonly LimitRuleChange[]): void {
    if (changes.length > 0) this.held.clear();
    for (const change of changes) {
      const before = this.known.get(change.id);
      if (before) this.put(before, false);
      if (change.kind === 'removed') {
        this.known.delete(change.id);
      } else {
        this.known.set(change.id, change);
        this.put(change, true);
      }
    }
  }

  /** Every rule in effect. */
  all(): Iterable<LimitRule> {
    return this.known.values();
  }

  find(id: string): LimitRule | undefined {
    return this.known.get(id);
  }

  /** The limits of one policy; undefined when there is none of that name. */
  limitsOf(policy: string): readonly EffectiveLimit[] | undefined {
    return this.policies.get(policy);
  }

  /**
   * The limits that are assigned to a subject: to everybody, its tenant, its key, its user. A limit takes the place of those of
   * the same name that are assigned less specifically. The same array is given until something changes.
   */
  limitsFor(tenant: string, subject: RuleSubject): readonly EffectiveLimit[] {
    if (this.assigned.size === 0) return nothing;
    const places = this.placesOf(tenant, subject).filter((place) => this.assigned.has(place));
    if (places.length === 0) return nothing;
    const id = places.join('\n');
    const known = this.held.get(id);
    if (known) return known;
    const limits = this.merge(places);
    if (this.held.size >= mostHeld) this.held.clear();
    this.held.set(id, limits);
    return limits;
  }

  /** Undefined for a subject that nobody blocked. */
  blockOf(tenant: string, subject: RuleSubject, now = Date.now()): BlockedFor | undefined {
    if (this.blocked.size === 0) return undefined;
    const ends = this.placesOf(tenant, subject).map((place) => this.blocked.get(place) ?? 0);
    const end = Math.max(...ends);
    if (end <= now) return undefined;
    return { retryAfterMs: end === Infinity ? null : end - now };
  }

  private put(rule: LimitRule, present: boolean): void {
    if (rule.kind === 'policy') this.putPolicy(rule.value, present);
    else if (rule.kind === 'assignment') this.putAssignment(rule.value, present);
    else this.putBlock(rule.value, present);
  }

  private putPolicy(policy: LimitPolicy, present: boolean): void {
    if (present) this.policies.set(policy.name, effectiveLimits(policy));
    else this.policies.delete(policy.name);
  }

  private putAssignment(assignment: LimitAssignment, present: boolean): void {
    const at = place(assignment);
    const names = this.assigned.get(at) ?? new Set();
    if (present) this.assigned.set(at, names.add(assignment.policy));
    else if (names.delete(assignment.policy) && names.size === 0) this.assigned.delete(at);
  }

  private putBlock(block: LimitBlock, present: boolean): void {
    const end = block.until === undefined ? Infinity : Date.parse(block.until);
    if (present) this.blocked.set(place(block), end);
    else this.blocked.delete(place(block));
  }

  /** From everybody to the one. */
  private placesOf(tenant: string, { key, user }: RuleSubject): string[] {
    const places = [place({}), place({ tenant })];
    if (key !== undefined) places.push(place({ tenant, key }));
    if (user !== undefined) places.push(place({ tenant, user }));
    return places;
  }

  private merge(places: readonly string[]): readonly EffectiveLimit[] {
    let merged: EffectiveLimit[] = [];
    for (const at of places) {
      const own = [...(this.assigned.get(at) ?? [])].sort().flatMap((name) => this.policies.get(name) ?? nothing);
      const names = new Set(own.map(({ limit }) => limit.name));
      merged = [...merged.filter(({ limit }) => !names.has(limit.name)), ...own];
    }
    return merged;
  }
}

/** Kinds are told apart by their first letter, and neither part can hold a space. */
function place({ tenant, key, user }: Partial<LimitBlock>): string {
  if (tenant === undefined) return 'everybody';
  if (user !== undefined) return `user ${tenant} ${user}`;
  if (key !== undefined) return `key ${tenant} ${key}`;
  return `tenant ${tenant}`;
}
