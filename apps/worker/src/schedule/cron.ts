import { CronExpressionParser } from 'cron-parser';
import { IANAZone } from 'luxon';

export const missedPolicies = ['skip', 'once', 'all'] as const;
/** What becomes of ticks at which no worker was there: none of them, one job for all, or one job for each. */
export type MissedPolicy = (typeof missedPolicies)[number];

/** A tick later than this counts as missed, in milliseconds. */
export const missedAfterMs = 60_000;
/** One call makes at most so many missed jobs; what is missed beyond that is skipped. */
export const mostMissed = 100;
/** Steps that a search takes before it gives a schedule up. */
const mostSteps = 10_000;

/** What is wrong with an expression (5 fields, or 6 with seconds) or a time zone; undefined where nothing is. */
export function cronFault(cron: string, timeZone: string): { param: string; message: string } | undefined {
  if (!IANAZone.isValidZone(timeZone))
    return { param: 'timeZone', message: 'timeZone must be an IANA name: Europe/Berlin' };
  const fault = { param: 'cron', message: 'cron must be five fields (six with seconds) that come true at some time' };
  // The library fills in fields that are not there.
  if (!/^(\S+\s+){4,5}\S+$/.test(cron.trim())) return fault;
  try {
    nextTick(cron, timeZone, Date.now());
    return undefined;
  } catch {
    return fault;
  }
}

/** The first tick after that time, in epoch milliseconds. Throws for an expression that never comes true. */
export function nextTick(cron: string, timeZone: string, after: number): number {
  return CronExpressionParser.parse(cron, { currentDate: new Date(after), tz: timeZone })
    .next()
    .getTime();
}

export interface DueTicks {
  /** For which jobs are made. */
  readonly fire: readonly number[];
  readonly next: number;
}

/** Which ticks to fire of those from `tick` to now, by policy, and when to look again. */
export function dueTicks(
  rule: { cron: string; timeZone: string; missed: MissedPolicy },
  tick: number,
  now: number,
): DueTicks {
  const ticks = [tick];
  let next = nextTick(rule.cron, rule.timeZone, tick);
  for (let step = 0; next <= now; step += 1) {
    if (step === mostSteps) {
      next = nextTick(rule.cron, rule.timeZone, now);
      break;
    }
    ticks.push(next);
    next = nextTick(rule.cron, rule.timeZone, next);
  }
  return { fire: choose(ticks, rule.missed, now), next };
}

function choose(ticks: readonly number[], policy: MissedPolicy, now: number): readonly number[] {
  const inTime = ticks.filter((tick) => now - tick <= missedAfterMs);
  const missed = ticks.slice(0, ticks.length - inTime.length);
  if (policy === 'skip' || missed.length === 0) return inTime;
  return policy === 'all' ? [...missed, ...inTime].slice(-mostMissed) : inTime.length > 0 ? inTime : missed.slice(-1);
}
