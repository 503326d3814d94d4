import { ServiceError } from '#contracts';

const dayMs = 86_400_000;
/** Longer than statistics are kept. */
const maxDays = 400;

let lastDay = { number: -1, name: '' };

/** `YYYY-MM-DD` in UTC. */
export function dayOf(epochMs: number): string {
  // Every use of a cache asks for today: its name is kept.
  const number = Math.floor(epochMs / dayMs);
  if (number !== lastDay.number) lastDay = { number, name: new Date(epochMs).toISOString().slice(0, 10) };
  return lastDay.name;
}

/** The last 30 days, today included. */
export function lastDays(nowMs = Date.now()): { from: string; to: string } {
  return { from: dayOf(nowMs - 29 * dayMs), to: dayOf(nowMs) };
}

/**
 * Every day from the first to the last, both included.
 * @throws ServiceError invalid_request for a day that no calendar has, a reversed range or one longer than 400 days
 */
export function daysBetween(from: string, to: string): string[] {
  const first = parseDay('from', from);
  const last = parseDay('to', to);
  const count = (last - first) / dayMs + 1;
  if (count < 1) throw invalid('from', 'must not be after to');
  if (count > maxDays) throw invalid('from', `must be at most ${maxDays} days before to`);
  return Array.from({ length: count }, (_, index) => dayOf(first + index * dayMs));
}

function parseDay(param: string, day: string): number {
  const epochMs = Date.parse(`${day}T00:00:00Z`);
  // Some engines roll 30 February over into March.
  if (Number.isNaN(epochMs) || dayOf(epochMs) !== day) throw invalid(param, 'must be a day of the calendar');
  return epochMs;
}

function invalid(param: string, expectation: string): ServiceError {
  return new ServiceError('invalid_request', `${param} ${expectation}`, { param });
}
