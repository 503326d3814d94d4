/** Any value that JSON.parse can make. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };
export type JsonObject = { readonly [member: string]: Json };

/** A number that JSON readers cannot tell from its neighbours (|n| > 2^53 − 1): whatever holds it has no canonical form. */
export class InexactNumberError extends Error {}

/** Nesting beyond this is an attack on the stack, not a request. */
const maxDepth = 512;

/** Thrown for nesting beyond 512 levels. */
export class TooDeepError extends Error {}

/**
 * Canonical JSON by RFC 8785 (JCS): members sorted by UTF-16 code units, no white space, ECMAScript numbers and strings.
 * @throws InexactNumberError, TooDeepError
 */
export function canonicalJson(value: Json): string {
  return canonical(value, 0);
}

/** The same, of an object without some of its members. */
export function canonicalWithout(object: JsonObject, names: ReadonlySet<string>): string {
  const kept = Object.keys(object).filter((name) => !names.has(name));
  return canonicalMembers(object, kept, 1);
}

function canonical(value: Json, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (depth >= maxDepth) throw new TooDeepError(`JSON nested deeper than ${maxDepth} levels`);
  return isList(value) ? canonicalList(value, depth + 1) : canonicalMembers(value, Object.keys(value), depth + 1);
}

function canonicalNumber(value: number): string {
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new InexactNumberError('number beyond 2^53');
  return JSON.stringify(value);
}

// Appending to one text is cheaper than lists of parts, and every request passes here.

function canonicalList(values: readonly Json[], depth: number): string {
  let text = '';
  for (const value of values) text += `${text && ','}${canonical(value, depth)}`;
  return `[${text}]`;
}

function canonicalMembers(object: JsonObject, names: string[], depth: number): string {
  let text = '';
  // The default order compares UTF-16 code units, as RFC 8785 section 3.2.3 asks.
  for (const name of names.sort()) {
    text += `${text && ','}${JSON.stringify(name)}:${canonical(object[name] as Json, depth)}`;
  }
  return `{${text}}`;
}

// Array.isArray does not narrow readonly arrays.
function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
