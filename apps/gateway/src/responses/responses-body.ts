import {
  checkMembers,
  isBoolean,
  isList,
  isNumber,
  isObject,
  isString,
  readModelBody,
  refuse,
  type MemberChecks,
} from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';
import type { RequestBody } from '../completion/dialect.js';

const isChoice = (value: Json) => isString(value) || isObject(value);

/** The documented types of optional members (OpenAI API reference, create a model response); null means absent. */
const optionalMembers: MemberChecks = new Map([
  ['background', [isBoolean, 'a boolean']],
  ['conversation', [isChoice, 'a string or an object']],
  ['include', [isList, 'an array']],
  ['instructions', [(value: Json) => isString(value) || isList(value), 'a string']],
  ['max_output_tokens', [isNumber, 'an integer']],
  ['max_tool_calls', [isNumber, 'an integer']],
  ['metadata', [isObject, 'an object']],
  ['parallel_tool_calls', [isBoolean, 'a boolean']],
  ['previous_response_id', [isString, 'a string']],
  ['prompt', [isObject, 'an object']],
  ['reasoning', [isObject, 'an object']],
  ['store', [isBoolean, 'a boolean']],
  ['stream', [isBoolean, 'a boolean']],
  ['stream_options', [isObject, 'an object']],
  ['temperature', [isNumber, 'a number']],
  ['text', [isObject, 'an object']],
  ['tool_choice', [isChoice, 'a string or an object']],
  ['tools', [isList, 'an array']],
  ['top_logprobs', [isNumber, 'an integer']],
  ['top_p', [isNumber, 'a number']],
  ['user', [isString, 'a string']],
]);

/** Members by which a request may name what was said before in place of `input`. */
const otherSources = ['previous_response_id', 'conversation', 'prompt'];

/**
 * Checks what every upstream would refuse anyway, so that the fault is named before anything is keyed or spent.
 * @throws ServiceError invalid_request naming the member
 */
export function readResponsesBody(body: unknown): RequestBody {
  const object = readModelBody(body);
  checkMembers(object, optionalMembers);
  checkInput(object);
  return object;
}

function checkInput(body: JsonObject): void {
  const { input } = body;
  if (input === undefined || input === null) {
    const isKept = otherSources.some((name) => body[name] !== undefined && body[name] !== null);
    if (!isKept) refuse('input', "Missing required parameter: 'input'.");
    return;
  }
  if (typeof input === 'string') return;
  if (!Array.isArray(input)) refuse('input', "'input' must be a string or an array of items.");
  (input as readonly Json[]).forEach((item, index) => {
    if (!isObject(item)) refuse(`input.${index}`, `'input.${index}' must be an object.`);
  });
}

/** The items of an `input` that is a list; none for a text. */
export function inputItems(body: JsonObject): readonly JsonObject[] {
  const { input } = body;
  return Array.isArray(input) ? (input as readonly JsonObject[]) : [];
}
