import { DateTime, IANAZone } from 'luxon';
import type { CalendarPeriod } from '#contracts';

/** Microseconds since 1970 at which four windows in a row begin: the last, this, the next one and the one after. */
export type Beginnings = readonly [number, number, number, number];

/**
 * Hours, days, weeks (from Monday, ISO 8601) and months as the clocks of a zone show them. A day on which clocks change has 23 or 25
 * hours, and one whose midnight does not exist begins with the first moment that does.
 */
export class Calendar {
  private held: Beginnings | undefined;

  /** @param timeZone an IANA name; any other counts as UTC, so that a window never lacks an end */
  constructor(
    private readonly period: CalendarPeriod,
    private readonly timeZone = 'UTC',
  ) {
    if (!IANAZone.isValidZone(timeZone)) this.timeZone = 'UTC';
  }

  /** @param now microseconds */
  around(now: number): Beginnings {
    const { held } = this;
    if (held && held[1] <= now && now < held[2]) return held;
    const begin = DateTime.fromMillis(Math.floor(now / 1_000), { zone: this.timeZone }).startOf(this.period);
    const last = begin.minus({ milliseconds: 1 }).startOf(this.period);
    const next = this.following(begin);
    const beginnings: Beginnings = [micros(last), micros(begin), micros(next), micros(this.following(next))];
    this.held = beginnings;
    return beginnings;
  }

  /** Of a date in the middle of the next window, wherever clocks change. */
  private following(begin: DateTime): DateTime {
    if (this.period === 'hour') return begin.plus({ hours: 1 }).startOf('hour');
    const hours = { day: 36, week: 11 * 24, month: 45 * 24 }[this.period];
    return begin.plus({ hours }).startOf(this.period);
  }
}

function micros(time: DateTime): number {
  return time.toMillis() * 1_000;
}
