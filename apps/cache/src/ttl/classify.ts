import { defaultTtlRules } from './default-ttl-rules.js';
import { daysToNearestDate, yearsIn } from './near-date.js';
import { plainText } from './phrase-pattern.js';
import { TtlRuleSet, type ReadyCondition, type ReadyRule } from './ttl-rule-set.js';

/** How long an answer may be kept and for whom; shown to the client. */
export interface TtlDecision {
  readonly class: string;
  /** Absent: the cache's own time to live. */
  readonly ttlSeconds?: number;
  readonly store: boolean;
  readonly partitionByUser: boolean;
  /** Name of the rule that decided. */
  readonly rule: string;
}

export interface Asked {
  /** The user, if the request names one; answers of a user-specific class are not stored without. */
  readonly userId?: string;
  readonly nowMs?: number;
}

const defaultRuleSet = TtlRuleSet.of(defaultTtlRules);

/** Characters that are read: what a question is about stands at its beginning or its end. */
const maxRead = 4_000;

/** The class of a question by its words: the first rule that matches decides. */
export function classify(text: string, rules: TtlRuleSet = defaultRuleSet, asked: Asked = {}): TtlDecision {
  const nowMs = asked.nowMs ?? Date.now();
  const read = text.length <= maxRead ? text : `${text.slice(0, maxRead / 2)}\n${text.slice(-maxRead / 2)}`;
  const plain = plainText(read);
  const rule = rules.rules.find(({ ready }) => {
    const isMeant = ready.when === undefined || holds(ready.when, plain, nowMs);
    return isMeant && !(ready.unless !== undefined && holds(ready.unless, plain, nowMs));
  });
  return rule === undefined ? undecided : decide(rule, asked.userId);
}

const undecided: TtlDecision = { class: 'general', store: true, partitionByUser: false, rule: 'none' };

function decide(rule: ReadyRule, userId: string | undefined): TtlDecision {
  const partitionByUser = rule.partitionByUser ?? false;
  const isNobodys = partitionByUser && (userId === undefined || userId === '');
  return {
    class: rule.class,
    ...(rule.ttlSeconds !== undefined && { ttlSeconds: rule.ttlSeconds }),
    store: (rule.store ?? true) && !isNobodys,
    partitionByUser,
    rule: rule.name,
  };
}

function holds({ pattern, dateWithinDays, yearFromNow }: ReadyCondition, plain: string, nowMs: number): boolean {
  if (pattern?.test(plain) === true) return true;
  if (dateWithinDays !== undefined && daysToNearestDate(plain, nowMs) <= dateWithinDays) return true;
  return yearFromNow && yearsIn(plain).some((year) => year >= new Date(nowMs).getUTCFullYear());
}
