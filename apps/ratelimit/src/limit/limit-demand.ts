import type { LimitDefinition, LimitState } from '#contracts';
import type { EffectiveLimit } from '#limits';

/** What a request asks of one limit, and by which counter (`limitCost` and `limitCounter` of `#limits`). */
export interface LimitDemand {
  readonly effective: EffectiveLimit;
  readonly counter: string;
  /** Whole units, weights applied; 0: the limit is reported, never a reason to refuse, and not written. */
  readonly cost: number;
}

/**
 * What was taken from one limit, and where: all that is needed to change it later. JSON-safe, and free of what came from outside:
 * it holds a hash of the counter, and the tenant that it belongs to is told anew with each use.
 */
export interface LimitCharge {
  readonly policy: string;
  /** As it was when it was charged. */
  readonly limit: LimitDefinition;
  /** Hash of the counter. */
  readonly place: string;
  readonly cost: number;
  /** The window, entry or theoretical arrival time that was charged: the limit's three numbers in the script's reply. */
  readonly slot: readonly number[];
}

export interface LimitOutcome {
  readonly allowed: boolean;
  /** Name of the failing limit that takes longest, or never fits. */
  readonly binding?: string;
  /** In the order of the demands. */
  readonly limits: readonly LimitState[];
  /** Empty unless taken. Limits of cost 0, and shadow limits that had no room, were charged nothing. */
  readonly charges: readonly LimitCharge[];
}

export interface TakeOptions {
  /** Denials may be remembered for at most a second: only where nothing that these limits hold is ever given back. */
  readonly rememberDenials?: boolean;
  /** Whether global limits may only refuse, and are charged nothing: who asks is not trusted with what other tenants share. */
  readonly looksAtGlobal?: boolean;
}

/** A charge that shall cost so much instead: less or more, 0 to give it back (and to release a lease). */
export interface LimitChange {
  readonly charge: LimitCharge;
  readonly cost: number;
}
