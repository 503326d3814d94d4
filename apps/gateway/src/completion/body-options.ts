import type { Json, JsonObject } from './canonical-json.js';
import { invalid, maxBoundaryLength, wholeSeconds } from './control-headers.js';

/** Cache options that a body may carry. */
export interface BodyOptions {
  readonly ttlSeconds?: number;
  readonly noCache?: boolean;
  readonly noStore?: boolean;
  readonly namespace?: string;
}

/**
 * The member `cache` as LiteLLM's proxy documents it: `{ttl, no-cache, no-store, namespace}`.
 * @throws ServiceError invalid_request naming the member
 */
export function readBodyOptions(options: Json | undefined): BodyOptions {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object' || Array.isArray(options)) throw invalid('cache', 'expected an object');
  const { ttl, namespace, ...flags } = options as JsonObject;
  return {
    ...(ttl !== undefined && { ttlSeconds: readTtl(ttl) }),
    ...(namespace !== undefined && { namespace: readNamespace(namespace) }),
    ...(flags['no-cache'] !== undefined && { noCache: flag(flags['no-cache'], 'cache.no-cache') }),
    ...(flags['no-store'] !== undefined && { noStore: flag(flags['no-store'], 'cache.no-store') }),
  };
}

function readTtl(value: Json): number {
  if (typeof value !== 'number') throw invalid('cache.ttl', 'expected a number of seconds');
  return wholeSeconds(String(value), 1, 'cache.ttl');
}

function readNamespace(value: Json): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > maxBoundaryLength) {
    throw invalid('cache.namespace', `expected 1 to ${maxBoundaryLength} characters`);
  }
  return value;
}

function flag(value: Json, param: string): boolean {
  if (typeof value !== 'boolean') throw invalid(param, 'expected true or false');
  return value;
}
