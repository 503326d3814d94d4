import {
  attributeNamePattern,
  cacheModes,
  identifierPattern,
  maxAttributes,
  ServiceError,
  tagPattern,
  type CacheMode,
} from '#contracts';

/** Header values by lower-case name. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

const yearSeconds = 31_556_952;
const maxTags = 20;
export const maxBoundaryLength = 128;

export function invalid(param: string, expectation: string): ServiceError {
  return new ServiceError('invalid_request', `Invalid '${param}': ${expectation}.`, { param });
}

export function single(headers: HeaderValues, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.join(', ');
}

/** RFC 9111 section 5.2: comma-separated, case-insensitive names, optional quoted values; unknown directives are ignored. */
export function readDirectives(headers: HeaderValues): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const part of single(headers, 'cache-control')?.split(',') ?? []) {
    const [name = '', value = ''] = part.split('=', 2);
    if (name.trim()) directives.set(name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return directives;
}

export function wholeSeconds(text: string, least: number, param: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= yearSeconds)) {
    throw invalid(param, `expected whole seconds from ${least} to ${yearSeconds}`);
  }
  return value;
}

/** `max-age`: a number that is too large means the largest that there is (RFC 9111, 1.2.2). */
export function readAge(text: string): number {
  if (!/^\d+$/.test(text)) throw invalid('cache-control', 'expected whole seconds as max-age');
  return Math.min(Number(text), yearSeconds);
}

export function readCacheId(headers: HeaderValues): string {
  const id = single(headers, 'x-larder-cache-id') ?? 'default';
  if (!identifierPattern.test(id)) {
    throw invalid('x-larder-cache-id', 'expected 1 to 128 letters, digits, dots, hyphens or underscores');
  }
  return id;
}

export function readMode(headers: HeaderValues): CacheMode | 'off' | undefined {
  const name = 'x-larder-cache-mode';
  const value = single(headers, name);
  if (value === undefined) return undefined;
  const mode = ([...cacheModes, 'off'] as const).find((each) => each === value);
  if (!mode) throw invalid(name, "expected 'exact', 'semantic', 'shadow' or 'off'");
  return mode;
}

/** A similarity: 0 to 1. */
export function readThreshold(headers: HeaderValues): number | undefined {
  const name = 'x-larder-cache-threshold';
  const text = single(headers, name);
  if (text === undefined) return undefined;
  if (!/^\d(\.\d{1,9})?$/.test(text) || Number(text) > 1) throw invalid(name, 'expected a similarity from 0 to 1');
  return Number(text);
}

export function readTags(headers: HeaderValues): readonly string[] | undefined {
  const name = 'x-larder-cache-tags';
  const text = single(headers, name);
  if (text === undefined) return undefined;
  const tags = [...new Set(text.split(',').map((tag) => tag.trim()))];
  if (tags.length > maxTags) throw invalid(name, `expected at most ${maxTags} tags`);
  if (!tags.every((tag) => tagPattern.test(tag))) {
    throw invalid(name, 'expected tags of 1 to 256 printable characters, parted by commas');
  }
  return tags;
}

/** How fast a stored answer is replayed as a stream, in pieces of about a word each second. */
export function readReplayRate(headers: HeaderValues): number | undefined {
  const name = 'x-larder-replay-rate';
  const text = single(headers, name);
  if (text === undefined) return undefined;
  const rate = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (rate < 1 || rate > 1_000) throw invalid(name, 'expected 1 to 1000 pieces per second');
  return rate;
}

export function readBoundary(headers: HeaderValues, name: string): string | undefined {
  const value = single(headers, name);
  if (value === undefined) return undefined;
  if (value.length < 1 || value.length > maxBoundaryLength) {
    throw invalid(name, `expected 1 to ${maxBoundaryLength} characters`);
  }
  return value;
}

/** `k=v,k=v`: names as the cache's own API takes them, values of 1 to 500 characters. */
export function readAttributes(headers: HeaderValues): Readonly<Record<string, string>> | undefined {
  const name = 'x-larder-cache-attributes';
  const header = single(headers, name);
  if (header === undefined) return undefined;
  const pairs = header.split(',').map((pair) => splitAttribute(pair, name));
  if (pairs.length > maxAttributes) throw invalid(name, `expected at most ${maxAttributes} attributes`);
  const attributes = new Map(pairs);
  if (attributes.size < pairs.length) throw invalid(name, 'an attribute is named twice');
  return Object.fromEntries(attributes);
}

function splitAttribute(pair: string, header: string): [string, string] {
  const separator = pair.indexOf('=');
  const name = pair.slice(0, Math.max(separator, 0)).trim();
  const value = pair.slice(separator + 1).trim();
  if (!attributeNamePattern.test(name) || value.length < 1 || value.length > 500) {
    throw invalid(header, 'expected name=value pairs parted by commas');
  }
  return [name, value];
}
