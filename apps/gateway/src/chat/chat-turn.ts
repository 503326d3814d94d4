import type { JsonObject } from '../completion/canonical-json.js';
import type { RequestBody, Turn } from '../completion/dialect.js';
import { lastTurnOf } from '../completion/last-turn.js';

/** The last message of the user, if it has text; held out of the body when it is the last message of all. */
export function lastTurn(body: RequestBody): Turn | undefined {
  const messages = body['messages'] as readonly JsonObject[];
  return lastTurnOf(body, messages, { member: 'messages', textType: 'text' });
}
