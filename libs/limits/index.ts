export { effectiveLimits, failureMode, limitCost, limitCounter, type EffectiveLimit } from './src/effective-limit.js';
export { LimitRules, type BlockedFor, type RuleSubject } from './src/limit-rules.js';
export { mostAtOnce, quotaOf } from './src/local-counters.js';
export { LocalShare, type LocalDemand, type LocalShareOptions } from './src/local-share.js';
export { presetPolicies } from './src/preset-policies.js';
export { RememberedDenials, staysDenied } from './src/remembered-denials.js';
export {
  assignmentId,
  assignmentRule,
  blockId,
  blockRule,
  policyId,
  policyRule,
  settledRules,
  shownId,
} from './src/rule-ids.js';
