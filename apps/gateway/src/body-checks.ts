import { ServiceError } from '#contracts';
import type { Json, JsonObject } from './completion/canonical-json.js';

/** Whether a member has the documented type; null and absent members are not asked. */
type Check = (value: Json) => boolean;

/** By member: what is checked, and how the refusal names what was expected. */
export type MemberChecks = ReadonlyMap<string, readonly [Check, string]>;

export const isNumber: Check = (value) => typeof value === 'number';
export const isString: Check = (value) => typeof value === 'string';
export const isBoolean: Check = (value) => typeof value === 'boolean';
export const isList: Check = (value) => Array.isArray(value);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws ServiceError invalid_request naming the member, never its value */
export function refuse(param: string, message: string): never {
  throw new ServiceError('invalid_request', message, { param });
}

const maxModelLength = 256;

/** The body of an OpenAI call that names a model, as an object; its other members are still unchecked. */
export function readModelBody(body: unknown): JsonObject & { readonly model: string } {
  if (!isObject(body)) refuse('body', 'The body must be a JSON object.');
  const { model } = body;
  if (model === undefined || model === null) refuse('model', 'You must provide a model parameter.');
  if (typeof model !== 'string') refuse('model', "'model' must be a string.");
  // Control characters would travel into headers and logs.
  if (model.length < 1 || model.length > maxModelLength || !/^[^\p{Cc}]+$/u.test(model)) {
    refuse('model', `'model' must be 1 to ${maxModelLength} printable characters.`);
  }
  return body as JsonObject & { readonly model: string };
}

/** Refuses optional members of another type than the documented one. */
export function checkMembers(body: JsonObject, checks: MemberChecks): void {
  for (const name of Object.keys(body)) {
    const rule = checks.get(name);
    const value = body[name];
    if (rule === undefined || value === undefined || value === null) continue;
    const [check, expected] = rule;
    if (!check(value)) refuse(name, `'${name}' must be ${expected}.`);
  }
}
