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

/** A chat completion body that is fit to be keyed and sent on; members beyond these are forwarded as they came. */
export type ChatBody = RequestBody & { readonly messages: readonly JsonObject[] };

const isStop = (value: Json) => isString(value) || isList(value);
const isChoice = (value: Json) => isString(value) || isObject(value);

/** The documented types of optional members (OpenAI API reference, create chat completion); null means absent. */
const optionalMembers: MemberChecks = new Map([
  ['stream', [isBoolean, 'a boolean']],
  ['stream_options', [isObject, 'an object']],
  ['temperature', [isNumber, 'a number']],
  ['top_p', [isNumber, 'a number']],
  ['n', [isNumber, 'an integer']],
  ['max_tokens', [isNumber, 'an integer']],
  ['max_completion_tokens', [isNumber, 'an integer']],
  ['presence_penalty', [isNumber, 'a number']],
  ['frequency_penalty', [isNumber, 'a number']],
  ['seed', [isNumber, 'an integer']],
  ['top_logprobs', [isNumber, 'an integer']],
  ['logprobs', [isBoolean, 'a boolean']],
  ['logit_bias', [isObject, 'an object']],
  ['stop', [isStop, 'a string or an array']],
  ['tools', [isList, 'an array']],
  ['tool_choice', [isChoice, 'a string or an object']],
  ['parallel_tool_calls', [isBoolean, 'a boolean']],
  ['response_format', [isObject, 'an object']],
  ['user', [isString, 'a string']],
]);

/**
 * Checks what every upstream would refuse anyway, so that the fault is named before anything is keyed or spent.
 * @throws ServiceError invalid_request naming the member
 */
export function readChatBody(body: unknown): ChatBody {
  const object = readModelBody(body);
  checkMessages(object['messages']);
  checkMembers(object, optionalMembers);
  checkStreamOptions(object['stream_options']);
  return object as ChatBody;
}

function checkMessages(messages: Json | undefined): void {
  if (messages === undefined || messages === null) refuse('messages', "Missing required parameter: 'messages'.");
  if (!Array.isArray(messages)) refuse('messages', "'messages' must be an array.");
  if (messages.length === 0) refuse('messages', "'messages' must not be empty.");
  (messages as readonly Json[]).forEach(checkMessage);
}

function checkMessage(message: Json, index: number): void {
  const at = `messages.${index}`;
  if (!isObject(message)) refuse(at, `'${at}' must be an object.`);
  const { role, content } = message;
  if (typeof role !== 'string' || role === '') refuse(`${at}.role`, `'${at}.role' must be a string.`);
  if (content !== undefined && content !== null && !isString(content) && !isList(content)) {
    refuse(`${at}.content`, `'${at}.content' must be a string or an array of content parts.`);
  }
}

function checkStreamOptions(options: Json | undefined): void {
  const include = (options as JsonObject | null | undefined)?.['include_usage'];
  if (include !== undefined && include !== null && typeof include !== 'boolean') {
    refuse('stream_options.include_usage', "'stream_options.include_usage' must be a boolean.");
  }
}

/** Whether the client asked for the usage chunk of a stream. */
export function wantsUsage(body: RequestBody): boolean {
  return (body['stream_options'] as JsonObject | null | undefined)?.['include_usage'] === true;
}
