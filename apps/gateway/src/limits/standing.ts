import { withDegraded, type Outcome } from '../completion/outcome.js';

/** What the limits say of a request or of a model call; becomes headers, or the whole answer. */
export interface Standing {
  /** Present when it is denied. */
  readonly refusal?: Outcome;
  readonly headers: Readonly<Record<string, string>>;
  /** The verdict came without Redis. */
  readonly isDegraded?: boolean;
}

/** Nothing limits the caller. */
export const unlimited: Standing = { headers: {} };

/** An answer with where its caller stands; what a later look at the limits has said in it counts. */
export function withStanding<Told extends Pick<Outcome, 'headers'>>(answer: Told, standing: Standing): Told {
  if (standing === unlimited) return answer;
  const told = { ...answer, headers: { ...standing.headers, ...answer.headers } };
  const known = told.headers['x-larder-degraded']?.split(',') ?? [];
  return standing.isDegraded && !known.includes('ratelimit') ? withDegraded(told, 'ratelimit') : told;
}
