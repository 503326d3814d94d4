/** First path segments under `/v1` that Larder's own APIs hold, built or reserved; every other `/v1` path is OpenAI's. */
const nativeSegments: ReadonlySet<string> = new Set([
  'caches',
  'capacity',
  'channels',
  'collections',
  'jobs',
  'keys',
  'limits',
  'queues',
  'savings',
  'schedules',
  'sessions',
  'tenants',
  'users',
  'webhooks',
]);

/** Whether errors on this path take OpenAI's shape; all others are RFC 9457 problems. */
export function isOpenAiPath(url: string): boolean {
  const [, version, segment = ''] = url.split(/[/?#]/, 3);
  return version === 'v1' && !nativeSegments.has(segment.includes('%') ? decoded(segment) : segment);
}

const langCachePath = /^\/v1\/caches\/[^/]+\/(?:entries(?:\/[^/]+)?|flush)\/?$/;

/** Whether this path is one of LangCache's: its clients read only the error types that LangCache has. */
export function isLangCachePath(url: string): boolean {
  return langCachePath.test(url.split(/[?#]/, 1)[0] ?? '');
}

/** The router decodes before it matches: `/v1/%6Beys` is `/v1/keys`. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
