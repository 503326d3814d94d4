import { algorithmOf } from './algorithm-of.js';
import type { LimitDemand } from './limit-demand.js';

/** What `takeLimits` of take-limits.lua is given: counters, all in one slot, and two texts. */
export interface TakeArguments {
  readonly keys: readonly string[];
  readonly limits: string;
  readonly asked: string;
}

/** `deny`: a look that comes out as a denial, because other limits have denied. */
export type TakeMode = 'take' | 'peek' | 'deny';

const modes = { peek: 0, take: 1, deny: 2 } as const;

/** Questions for one script, in the order in which they are asked. */
export class QuestionBatch {
  /** How many limits were asked for. */
  size = 0;
  private readonly keys = new Map<string, number>();
  private readonly limits = new Map<string, number>();
  private readonly asked: number[] = [];
  /** The script's time comes first. */
  private replyLength = 1;

  /**
   * @param keyOf the key of a demand's counter
   * @param now microseconds of the server, as well as they are known
   * @returns where the answer begins in the numbers of the reply
   */
  add(demands: readonly LimitDemand[], mode: TakeMode, keyOf: (demand: LimitDemand) => string, now: number): number {
    const { asked, replyLength } = this;
    asked.push(modes[mode], demands.length);
    for (const demand of demands) {
      const algorithm = algorithmOf(demand.effective.limit);
      asked.push(place(this.limits, algorithm.definition(now)), place(this.keys, keyOf(demand)));
      algorithm.addCost(asked, demand.cost);
    }
    this.size += demands.length;
    this.replyLength += 1 + 4 * demands.length;
    return replyLength;
  }

  get arguments(): TakeArguments {
    const { keys, limits, asked } = this;
    return { keys: [...keys.keys()], limits: `[${[...limits.keys()].join(',')}]`, asked: JSON.stringify(asked) };
  }
}

/** Position of a text among the different ones, from 1. */
function place(places: Map<string, number>, text: string): number {
  const known = places.get(text);
  if (known !== undefined) return known;
  places.set(text, places.size + 1);
  return places.size;
}
