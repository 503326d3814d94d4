import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BoundedMemo } from '../bounded-memo.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import { classify, type TtlDecision } from './classify.js';
import { TtlRuleSet } from './ttl-rule-set.js';

const dayMs = 86_400_000;
/** Decisions kept by rule set; longer texts are read anew, so that what is kept stays small. */
const maxMemo = 1_000;
const maxMemoText = 512;

const warmUps = ['Write a poem about snow', 'How do I write a poem about the snow?', 'Write a poem about snow.'];

interface Classifier {
  readonly rules: TtlRuleSet | undefined;
  readonly memo: BoundedMemo<string, TtlDecision>;
}

/** The class of each question, by its cache's rules. On the way of every exact hit: what was asked before costs no reading. */
@Injectable()
export class TtlClassService implements OnModuleInit {
  private readonly builtIn: Classifier = { rules: undefined, memo: new BoundedMemo(maxMemo) };
  private readonly own = new WeakMap<readonly unknown[], Classifier>();

  /** The engine compiles a pattern at its first uses: tens of milliseconds, which no look-up has. */
  onModuleInit(): void {
    for (const text of warmUps) classify(text);
  }

  classify(turn: string, userId: string | undefined, { ttlRules }: Pick<CachePolicy, 'ttlRules'>): TtlDecision {
    const { rules, memo } = ttlRules ? this.classifierOf(ttlRules) : this.builtIn;
    const nowMs = Date.now();
    if (turn.length > maxMemoText) return classify(turn, rules, { userId, nowMs });
    // Rules speak of days near today, so a decision holds for a day; of the user they only ask whether there is one.
    const key = `${Math.floor(nowMs / dayMs)}${userId ? 'u' : ' '}${turn}`;
    const known = memo.get(key);
    if (known) return known;
    const decision = classify(turn, rules, { userId, nowMs });
    memo.set(key, decision);
    return decision;
  }

  private classifierOf(ttlRules: readonly unknown[]): Classifier {
    let classifier = this.own.get(ttlRules);
    if (!classifier) {
      classifier = { rules: TtlRuleSet.of(ttlRules), memo: new BoundedMemo(maxMemo) };
      this.own.set(ttlRules, classifier);
    }
    return classifier;
  }
}
