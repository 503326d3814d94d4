import type { LimitDefinition } from '#contracts';
import { Calendar, type Beginnings } from './calendar.js';
import { changeOfWindow, readWindow } from './fixed-window.js';
import { definitionOf, type LimitAlgorithm, type LimitNumbers, type LimitReading } from './limit-algorithm.js';

/** Windows by the calendar of a time zone. */
export class CalendarWindow implements LimitAlgorithm {
  private readonly calendar: Calendar;
  private text = '';
  private textOf: Beginnings | undefined;

  constructor(private readonly limit: LimitDefinition) {
    this.calendar = new Calendar(limit.period!, limit.timeZone);
  }

  definition(now: number): string {
    const beginnings = this.calendar.around(now);
    if (beginnings !== this.textOf) {
      this.text = definitionOf('c', this.limit, [this.limit.capacity, ...beginnings]);
      this.textOf = beginnings;
    }
    return this.text;
  }

  addCost(asked: number[], cost: number): void {
    asked.push(cost, 0);
  }

  changeArguments(charge: LimitNumbers, from: number, to: number): readonly string[] {
    const [, begin, next] = this.calendar.around(charge[0]);
    return changeOfWindow(charge, next - begin, from, to);
  }

  read([from, count]: LimitNumbers, cost: number, now: number): LimitReading {
    const [, begin, next, afterNext] = this.calendar.around(now);
    // Counted by a clock that has gone back since: that window is still to come.
    const isNext = from >= next;
    const [begins, ends] = isNext ? [next, afterNext] : [begin, next];
    return {
      ...readWindow(this.limit.capacity, from < begin ? 0 : count, cost, ends - now),
      windowSeconds: Math.round((ends - begins) / 1e6),
    };
  }
}
