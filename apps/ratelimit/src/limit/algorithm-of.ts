import type { LimitDefinition } from '#contracts';
import { CalendarWindow } from './calendar-window.js';
import { FixedWindow } from './fixed-window.js';
import { SlidingCounter } from './sliding-counter.js';
import { SlidingLog } from './sliding-log.js';
import { TokenBucket } from './token-bucket.js';
import type { LimitAlgorithm } from './limit-algorithm.js';

const known = new WeakMap<LimitDefinition, LimitAlgorithm>();

/** A limit's arithmetic, made once for each definition. */
export function algorithmOf(limit: LimitDefinition): LimitAlgorithm {
  let algorithm = known.get(limit);
  if (!algorithm) known.set(limit, (algorithm = createAlgorithm(limit)));
  return algorithm;
}

function createAlgorithm(limit: LimitDefinition): LimitAlgorithm {
  switch (limit.algorithm) {
    case 'token-bucket':
      return new TokenBucket(limit);
    case 'fixed-window':
      return new FixedWindow(limit);
    case 'calendar-window':
      return new CalendarWindow(limit);
    case 'sliding-window-counter':
      return new SlidingCounter(limit);
    case 'sliding-window-log':
    case 'concurrency':
      return new SlidingLog(limit);
  }
}
