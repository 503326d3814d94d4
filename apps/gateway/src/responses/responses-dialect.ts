import { encodeNamedSse, isCacheableResponse, parseResponse, responseEvents, responseUsage } from '#llm';
import type { Json, JsonObject } from '../completion/canonical-json.js';
import type { Dialect, RequestBody, Turn, WholeAnswer } from '../completion/dialect.js';
import { lastTurnOf } from '../completion/last-turn.js';
import { inputItems } from './responses-body.js';
import { responsesSession } from './responses-session.js';
import { ResponsesStream } from './responses-stream.js';
import { isSelfContained } from './self-contained.js';

/** What a response repeats of its request, though it changes nothing of the answer, and what it says in its absence. */
const echoes: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['metadata', {}],
  ['prompt_cache_key', null],
  ['safety_identifier', null],
  ['user', null],
]);

/** `POST /v1/responses`. */
export const responsesDialect: Dialect = {
  name: 'responses',
  upstreamPath: '/responses',
  // Not `store`: who wants to build on a response by its id must not get one that upstream was told to forget.
  neutralMembers: new Set([
    ...echoes.keys(),
    'cache',
    'prompt_cache_options',
    'prompt_cache_retention',
    'service_tier',
    'stream',
    'stream_options',
  ]),
  isSelfContained,
  turnOf,
  hasTools: ({ tools }) => Array.isArray(tools) && tools.length > 0,
  upstreamBody: ({ cache: _ours, ...body }): JsonObject => body,
  readAnswer,
  tailor,
  session: responsesSession,
  follow: () => new ResponsesStream(),
  closing: '',
  replay,
};

function turnOf(body: RequestBody): Turn | undefined {
  const { input } = body;
  if (typeof input !== 'string') return lastTurnOf(body, inputItems(body), { member: 'input', textType: 'input_text' });
  if (input.trim() === '') return undefined;
  return { text: input, heldOut: { texts: [input], places: [], rest: { ...body, input: null } } };
}

function readAnswer(text: string): WholeAnswer | undefined {
  const response = parseResponse(text);
  return response && { cacheability: isCacheableResponse(response), usage: responseUsage(response) };
}

function tailor(answer: string, body: RequestBody): string {
  const response = parseResponse(answer);
  if (!response) return answer;
  const own: Record<string, Json> = {};
  for (const [name, absent] of echoes) {
    const said = body[name] ?? absent;
    // A server that does not repeat a member at all is not made to.
    if (name in response && JSON.stringify(response[name]) !== JSON.stringify(said)) own[name] = said;
  }
  return Object.keys(own).length > 0 ? JSON.stringify({ ...response, ...own }) : answer;
}

/** @throws TypeError for a text that is no response */
function* replay(answer: string): Generator<string> {
  const response = parseResponse(answer);
  if (!response) throw new TypeError('a stored answer is no response');
  for (const event of responseEvents(response)) yield encodeNamedSse(event.type, JSON.stringify(event));
}
