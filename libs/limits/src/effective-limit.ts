import type {
  LimitCost,
  LimitDefinition,
  LimitFailureMode,
  LimitPolicy,
  LimitSubject,
  OutputEstimator,
} from '#contracts';
import { modelWeights, type ModelWeights } from './model-weights.js';

/** One limit that applies to somebody, with what its policy says of all of its limits. One object a limit: it may be a key of a WeakMap. */
export interface EffectiveLimit {
  readonly policy: string;
  readonly limit: LimitDefinition;
  readonly outputEstimator: OutputEstimator;
  readonly denyCache: boolean;
  /** 0–1: part of the capacity in use from which on the limit is nearly reached. */
  readonly nearLimit: number;
  readonly weights: ModelWeights;
  /** What the names of all its counters have in common: JSON. */
  readonly counterName: string;
}

/** A policy's limits, with its defaults. */
export function effectiveLimits(policy: LimitPolicy): readonly EffectiveLimit[] {
  const { outputEstimator = 'max-tokens', denyCache = true, nearLimit = 0.8 } = policy;
  return policy.limits.map((limit) => ({
    policy: policy.name,
    limit,
    outputEstimator,
    denyCache,
    nearLimit,
    weights: modelWeights(limit.weights),
    counterName: `${JSON.stringify(policy.name)},${JSON.stringify(limit.name)}`,
  }));
}

/** Nobody loses money because a Redis was away; anything else goes on with each replica's share. */
export function failureMode({ unit, onRedisFailure }: LimitDefinition): LimitFailureMode {
  return onRedisFailure ?? (unit === 'microUsd' ? 'closed' : 'local');
}

/** What a request takes from a limit, in the limit's unit and by the weight of its model: a whole number, rounded up. */
export function limitCost({ limit, weights }: EffectiveLimit, cost: LimitCost, model: string | undefined): number {
  return weights.apply(unitCost(limit.unit, cost), model);
}

/** `concurrency` counts requests by its unit: a request is one lease, whatever else it costs. */
function unitCost(unit: LimitDefinition['unit'], cost: LimitCost): number {
  if (unit !== 'tokens') return cost[unit] ?? 0;
  return cost.tokens ?? (cost.inputTokens ?? 0) + (cost.outputTokens ?? 0);
}

/**
 * Names the counter that a subject shares with its likes: one string for each set of values in the limit's scope. The values
 * come from outside: hash it before it enters a key. A descriptor that is absent is `none`, which no value is taken for.
 */
export function limitCounter({ limit, counterName }: EffectiveLimit, tenant: string, subject: LimitSubject): string {
  const owner = limit.scope.includes('global') ? 'null' : JSON.stringify(tenant);
  let name = `[${owner},${counterName}`;
  for (const scope of limit.scope) name += `,${JSON.stringify(valueOf(scope, tenant, subject))}`;
  return `${name}]`;
}

function valueOf(scope: string, tenant: string, subject: LimitSubject): string | null {
  if (scope === 'tenant') return tenant;
  if (scope === 'user' || scope === 'key' || scope === 'model') return subject[scope] ?? null;
  if (scope.startsWith('custom.')) return ownValue(subject.custom, scope.slice('custom.'.length));
  return null;
}

function ownValue(custom: Record<string, string> | undefined, name: string): string | null {
  return custom !== undefined && Object.hasOwn(custom, name) ? (custom[name] ?? null) : null;
}
