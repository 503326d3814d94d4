import type { LimitDefinition } from '#contracts';
import { Calendar } from './calendar.js';
import { changeOfWindow, readWindow } from './fixed-window.js';
import { letterOf, type LimitAlgorithm, type LimitNumbers, type LimitReading } from './limit-algorithm.js';

/** Windows by the calendar of a time zone. */
export class CalendarWindow implements LimitAlgorithm {
  private readonly letter: string;
  private readonly calendar: Calendar;
  private readonly capacity: string;

  constructor(private readonly limit: LimitDefinition) {
    this.letter = letterOf('c', limit);
    this.calendar = new Calendar(limit.period!, limit.timeZone);
    this.capacity = String(limit.capacity);
  }

  addTake(args: (string | number)[], cost: number, now: number): void {
    const [last, begin, next, afterNext] = this.calendar.around(now);
    args.push(this.letter, cost, this.capacity, last, begin, next, afterNext);
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
