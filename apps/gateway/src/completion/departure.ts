import type { Question } from '#contracts';
import type { Spending } from '../limits/spending.js';
import type { CacheVerdict } from './cache-verdict.js';
import type { Flight } from './single-flight.service.js';

/** One call upstream, and what is to become of its outcome. */
export interface Departure {
  /** Absent when the request bypasses the cache. */
  readonly question?: Question;
  /** Of the cache, at the look-up; absent when there was none. */
  readonly generation?: string;
  /** The look-up said that this answer would not be kept. */
  readonly isUnkept?: boolean;
  /** Present when others may be waiting for the same answer. */
  readonly flight?: Flight;
  readonly verdict: CacheVerdict;
  /** What was set aside for this call; absent when nothing limits it. */
  readonly spending?: Spending;
  /** Of the request's admission by its limits: what it took is given back when they deny the call. */
  readonly receipt?: string;
  /** The body holds numbers that JSON.parse cannot tell apart. */
  readonly inexact: boolean;
}
