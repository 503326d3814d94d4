import { createHash } from 'node:crypto';
import type { LimitAssignment, LimitBlock, LimitPolicy, LimitRule } from '#contracts';
import { presetPolicies } from './preset-policies.js';

type RuleOf<Kind extends LimitRule['kind']> = Extract<LimitRule, { readonly kind: Kind }>;

/** Rules that hold where nothing else was set in their place: the presets, and those of the configuration file. */
export function settledRules(
  policies: readonly LimitPolicy[],
  assignments: readonly LimitAssignment[],
): readonly LimitRule[] {
  return [...[...presetPolicies, ...policies].map(policyRule), ...assignments.map(assignmentRule)];
}

export function policyRule(value: LimitPolicy): RuleOf<'policy'> {
  return { id: policyId(value.name), kind: 'policy', value };
}

export function policyId(name: string): string {
  return `policy:${name}`;
}

/** The same policy for the same subject is the same assignment. */
export function assignmentRule(value: LimitAssignment): RuleOf<'assignment'> {
  const { policy, tenant, key, user } = value;
  return { id: assignmentId(digest(policy, tenant, key, user)), kind: 'assignment', value };
}

/** Of what REST shows of it. */
export function assignmentId(shown: string): string {
  return `assignment:${shown}`;
}

/** A subject has one block: another one takes its place. */
export function blockRule(value: LimitBlock): RuleOf<'block'> {
  return { id: blockId(digest(value.tenant, value.key, value.user)), kind: 'block', value };
}

/** Of what REST shows of it. */
export function blockId(shown: string): string {
  return `block:${shown}`;
}

/** What REST shows of an id: the part behind the kind. */
export function shownId({ id, kind }: LimitRule): string {
  return id.slice(kind.length + 1);
}

function digest(...parts: readonly (string | undefined)[]): string {
  const text = JSON.stringify(parts.map((part) => part ?? null));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
