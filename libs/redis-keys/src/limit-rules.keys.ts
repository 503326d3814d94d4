import { part } from './key-part.js';

/** Keys of what limits whom: policies, assignments and blocks. Records, so none expires; one slot for all. Role `state`. */
export interface LimitRuleKeys {
  /** Each rule as JSON text by its id; hash. */
  rules(): string;
  /** The ids of rules by the version of their last change, removed ones too; zset. */
  changes(): string;
  /** The ids of removed rules by the version of their removal; zset. */
  removed(): string;
}

export function limitRuleKeys(prefix: string): LimitRuleKeys {
  const root = `${part('prefix', prefix)}:limits:{rules}`;
  return {
    rules: () => `${root}:rules`,
    changes: () => `${root}:changes`,
    removed: () => `${root}:removed`,
  };
}
