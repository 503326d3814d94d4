import { isUpstreamError, UpstreamError } from './upstream-error.js';

interface FaultKind {
  readonly says: string;
  readonly retryable: boolean;
  readonly timeout?: boolean;
}

const refused: FaultKind = { says: 'could not be reached', retryable: true };
const reset: FaultKind = { says: 'broke the connection', retryable: true };
const late: FaultKind = { says: 'did not answer in time', retryable: false, timeout: true };
const untrusted: FaultKind = { says: 'has a TLS certificate or handshake that was not accepted', retryable: false };
const unknown: FaultKind = { says: 'could not be asked', retryable: false };

/** By error code of Node and undici. */
const kinds: Readonly<Record<string, FaultKind>> = {
  ECONNREFUSED: refused,
  ENOTFOUND: refused,
  EAI_AGAIN: refused,
  EHOSTUNREACH: refused,
  ENETUNREACH: refused,
  ETIMEDOUT: refused,
  UND_ERR_CONNECT_TIMEOUT: refused,
  ECONNRESET: reset,
  EPIPE: reset,
  UND_ERR_SOCKET: reset,
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
};

/** What a thrown thing means; the original stays behind, since it may quote addresses or headers. */
export function toUpstreamError(upstream: string, thrown: unknown): UpstreamError {
  if (isUpstreamError(thrown)) return thrown;
  const { says, retryable, timeout } = kindOf(thrown);
  const code = timeout ? 'deadline_exceeded' : 'upstream_failed';
  return new UpstreamError(code, `upstream "${upstream}" ${says}`, upstream, retryable);
}

function kindOf(thrown: unknown): FaultKind {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const known = Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  if (known) return known;
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code)) return untrusted;
  return code.startsWith('HPE_') ? { says: 'did not speak HTTP', retryable: false } : unknown;
}
