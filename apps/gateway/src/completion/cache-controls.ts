import type { CacheMode } from '#contracts';
import { readBodyOptions } from './body-options.js';
import type { JsonObject } from './canonical-json.js';
import {
  readAge,
  readAttributes,
  readBoundary,
  readCacheId,
  readDirectives,
  readMode,
  readReplayRate,
  readTags,
  readThreshold,
  single,
  wholeSeconds,
  type HeaderValues,
} from './control-headers.js';
import type { Boundaries } from './exact-key.js';

/** What the caller wants of the cache for this one request. */
export interface CacheControls {
  readonly cacheId: string;
  /** `off` neither reads nor writes; the cache's own when absent, which no caller can loosen. */
  readonly mode?: CacheMode | 'off';
  /** Least similarity (0–1) of another question's answer; counts where it is stricter than the cache's own. */
  readonly threshold?: number;
  /** By which the stored answer can be invalidated. */
  readonly tags?: readonly string[];
  /** Do not answer from the cache, but store; asked for in the body, so that no policy may overlook it. */
  readonly noCache: boolean;
  /** The same by HTTP `Cache-Control: no-cache`, which the cache's policy may overlook. */
  readonly httpNoCache: boolean;
  /** Answer from the cache, but do not store (HTTP `no-store`); such a request joins no flight either. */
  readonly noStore: boolean;
  /** Answer from the cache or not at all: 504 (HTTP `only-if-cached`). */
  readonly onlyIfCached: boolean;
  readonly maxAgeSeconds?: number;
  readonly ttlSeconds?: number;
  /** Pieces per second in which a stored answer is replayed as a stream; all at once when absent. */
  readonly replayRate?: number;
  readonly boundaries: Boundaries;
}

/**
 * Reads `Cache-Control`, the `x-larder-*` headers and LiteLLM's body member `cache`; the body wins over headers.
 * @throws ServiceError invalid_request naming the header or member
 */
export function readCacheControls(headers: HeaderValues, body: JsonObject): CacheControls {
  const directives = readDirectives(headers);
  const options = readBodyOptions(body['cache']);
  const maxAge = directives.get('max-age');
  return {
    cacheId: readCacheId(headers),
    noCache: options.noCache ?? false,
    httpNoCache: options.noCache ?? directives.has('no-cache'),
    noStore: options.noStore ?? directives.has('no-store'),
    onlyIfCached: directives.has('only-if-cached'),
    ...present({
      mode: readMode(headers),
      threshold: readThreshold(headers),
      tags: readTags(headers),
      maxAgeSeconds: maxAge === undefined ? undefined : readAge(maxAge),
      ttlSeconds: options.ttlSeconds ?? headerTtl(headers),
      replayRate: readReplayRate(headers),
    }),
    boundaries: present({
      locale: readBoundary(headers, 'x-larder-locale'),
      safety: readBoundary(headers, 'x-larder-safety'),
      namespace: options.namespace,
      attributes: readAttributes(headers),
    }),
  };
}

function headerTtl(headers: HeaderValues): number | undefined {
  const text = single(headers, 'x-larder-cache-ttl');
  return text === undefined ? undefined : wholeSeconds(text, 1, 'x-larder-cache-ttl');
}

type Present<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

/** The members that have a value. */
function present<T extends object>(members: T): Present<T> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) kept[name] = value;
  return kept as Present<T>;
}
