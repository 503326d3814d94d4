import {
  contextStrategies,
  identifierPattern,
  ServiceError,
  type ContextStrategy,
  type SessionReach,
} from '#contracts';
import type { Principal } from '#service';
import { invalid, single, type HeaderValues } from '../completion/control-headers.js';

/** Which session a question belongs to, and how the caller wants it to be treated. */
export interface SessionControls {
  readonly sessionId: string;
  /** What the caller's key may see beside the sessions of the user it names. */
  readonly reach?: SessionReach;
  /** The session service's own when absent. */
  readonly strategy?: ContextStrategy;
  /** Most tokens of history that are sent along; what fits the model when absent. */
  readonly maxTokens?: number;
  /** While another turn of the session is under way: wait for its end, or be refused at once. */
  readonly onBusy: 'wait' | 'refuse';
  /** While the session cannot be reached: be refused, or be answered without it. */
  readonly onFailure: 'refuse' | 'stateless';
}

const prefix = 'x-larder-session';
const mostTokens = 10_000_000;

/**
 * Reads `x-larder-session` and the headers that go with it.
 * @returns undefined when no session is named
 * @throws ServiceError invalid_request naming the header; forbidden for a key that may not use sessions
 */
export function readSessionControls(
  headers: HeaderValues,
  principal?: Pick<Principal, 'roles' | 'userId'>,
): SessionControls | undefined {
  const sessionId = single(headers, prefix);
  if (sessionId === undefined) return undefined;
  if (!identifierPattern.test(sessionId)) {
    throw invalid(prefix, 'expected 1 to 128 letters, digits, dots, hyphens or underscores');
  }
  assertMayUse(principal);
  const strategy = oneOf(headers, `${prefix}-strategy`, contextStrategies);
  const maxTokens = readMaxTokens(headers);
  const reach = reachOf(principal);
  return {
    sessionId,
    onBusy: oneOf(headers, `${prefix}-on-busy`, ['wait', 'refuse'] as const) ?? 'wait',
    onFailure: oneOf(headers, `${prefix}-on-failure`, ['refuse', 'stateless'] as const) ?? 'refuse',
    ...(reach !== undefined && { reach }),
    ...(strategy !== undefined && { strategy }),
    ...(maxTokens !== undefined && { maxTokens }),
  };
}

/** Who may ask a model about a conversation may read it, whatever the path. Services were admitted at their edge. */
function assertMayUse(principal: Pick<Principal, 'roles'> | undefined): void {
  if (!principal || principal.roles.includes('sessions') || principal.roles.includes('admin')) return;
  throw new ServiceError('forbidden', 'The API key does not hold the role sessions', { param: prefix });
}

/** What of its tenant's sessions a key may see beside those of the user it names. */
export function reachOf(principal: Pick<Principal, 'roles' | 'userId'> | undefined): SessionReach | undefined {
  if (principal?.userId !== undefined) return 'own';
  return principal?.roles.includes('admin') ? 'any' : undefined;
}

function oneOf<Value extends string>(headers: HeaderValues, name: string, values: readonly Value[]): Value | undefined {
  const text = single(headers, name);
  if (text === undefined) return undefined;
  const value = values.find((each) => each === text);
  if (value === undefined) throw invalid(name, `expected one of ${values.join(', ')}`);
  return value;
}

function readMaxTokens(headers: HeaderValues): number | undefined {
  const name = `${prefix}-max-tokens`;
  const text = single(headers, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > mostTokens) throw invalid(name, `expected 1 to ${mostTokens} tokens`);
  return value;
}
