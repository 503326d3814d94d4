import { errorOutcome, type Outcome } from '../completion/outcome.js';

/** How a session's turn ended. */
export type TurnEnd =
  /** Both sides of it are in the session. */
  | 'kept'
  /** Both are, the answer as far as it came. */
  | 'interrupted'
  /** Nothing was said: nothing is in the session. */
  | 'empty'
  /** Its lease ran out and the session has gone on without it. */
  | 'lost'
  /** The session has gone. */
  | 'absent'
  /** It holds as many messages as a session can. */
  | 'full'
  /** The session service cannot be reached. */
  | 'away'
  /** The session service would not keep it. */
  | 'refused';

/** What is said of an answer that should be in its session and is not; by how the turn ended. */
export const objections: Readonly<Partial<Record<TurnEnd, string>>> = {
  lost: 'The answer took too long: the session has gone on without it.',
  absent: 'There is no such session any more: the answer was not kept in it.',
  full: 'The session is full: the answer was not kept in it.',
  away: 'The session cannot be reached: the answer was not kept in it.',
  refused: 'The session cannot hold this answer.',
};

type Failure = 'busy' | 'lost' | 'absent' | 'full' | 'away' | 'refused';

/** Another turn is under way. Who asked to be told at once is not to be asked again by its SDK. */
export function busy(onBusy: 'wait' | 'refuse'): Outcome {
  const headers = { 'x-should-retry': String(onBusy === 'wait'), 'retry-after': '1' };
  return failure('busy', 409, 'Another turn of this session is under way.', headers);
}

export function unavailable(message = 'The session cannot be reached.'): Outcome {
  return failure('away', 503, message, { 'x-should-retry': 'true', 'retry-after': '1' });
}

/** What a whole answer is replaced by when its turn should have been kept and was not. */
export function notKept(end: TurnEnd): Outcome | undefined {
  const message = objections[end];
  if (message === undefined) return undefined;
  if (end === 'away') return unavailable(message);
  if (end === 'lost') return failure('lost', 409, message, { 'x-should-retry': 'true' });
  if (end === 'full') return failure('full', 409, message, { 'x-should-retry': 'false' });
  if (end === 'absent') return failure('absent', 404, message, { 'x-should-retry': 'false' });
  return failure('refused', 502, message, { 'x-should-retry': 'false' });
}

const codes: Readonly<Record<Failure, string>> = {
  busy: 'session_busy',
  lost: 'session_turn_lost',
  absent: 'session_not_found',
  full: 'session_full',
  away: 'session_unavailable',
  refused: 'session_answer_refused',
};

function failure(name: Failure, status: number, message: string, headers: Record<string, string>): Outcome {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return errorOutcome(status, { message, type, code: codes[name], param: 'x-larder-session' }, headers);
}
