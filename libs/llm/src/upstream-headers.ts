/** RFC 9110, 7.6.1, and the older names for the same thing. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** What concerns only the client and Larder: credentials, cookies, origin, addresses, its own retry key, its body's length. */
const clientOnly = [
  'authorization',
  'api-key',
  'x-api-key',
  'cookie',
  'host',
  'origin',
  'referer',
  'expect',
  'content-length',
  'forwarded',
  'via',
  'x-real-ip',
  // Two tenants that share the upstream's key must not share its idempotency keys.
  'idempotency-key',
  'cache-control',
  'pragma',
];

/** What an upstream says about its own site, account or cache, which is not true of Larder. */
const upstreamOnly = [
  'set-cookie',
  'server',
  'date',
  'via',
  'age',
  'alt-svc',
  'nel',
  'report-to',
  'cache-status',
  'strict-transport-security',
  'www-authenticate',
  'openai-organization',
  'openai-project',
];

const droppedFromRequests = new Set([...hopByHop, ...clientOnly]);
const droppedFromResponses = new Set([...hopByHop, ...upstreamOnly]);
const droppedRequestPrefix = /^(x-larder-|x-forwarded-|proxy-|sec-|cf-)/;
const droppedResponsePrefix = /^(x-larder-|access-control-|cf-|proxy-)/;

/** The client's headers that upstream may see. */
export function requestHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const named = namedByConnection(headers.connection);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (droppedFromRequests.has(lower) || droppedRequestPrefix.test(lower) || named.has(lower)) continue;
    kept[lower] = value;
  }
  return kept;
}

/** Upstream's headers that the client may see; its request id becomes `x-upstream-request-id`. */
export function responseHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const named = namedByConnection(oneValue(headers.connection));
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (droppedFromResponses.has(lower) || droppedResponsePrefix.test(lower) || named.has(lower)) continue;
    const text = oneValue(value);
    if (text !== undefined) kept[lower === 'x-request-id' ? 'x-upstream-request-id' : lower] = text;
  }
  return kept;
}

function namedByConnection(connection: string | undefined): Set<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}

function oneValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
