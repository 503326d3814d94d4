import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from '#contracts';
import { isLoopbackAuthority, isLoopbackOrigin } from './loopback.js';

/**
 * An open suite answers whoever reaches it, so it takes care that only this machine's programs do: not a web page
 * (foreign `Origin`, a form's content type), not a name that was rebound to 127.0.0.1 (foreign `Host`), not a proxy.
 */
export function assertLocalRequest(headers: IncomingHttpHeaders): void {
  if (headers.host === undefined || !isLoopbackAuthority(headers.host)) {
    throw refusal('the Host header must name this machine');
  }
  if (headers.origin !== undefined && !isLoopbackOrigin(headers.origin)) {
    throw refusal('the Origin header must name this machine');
  }
  for (const name in headers) {
    if (name === 'forwarded' || name.startsWith('x-forwarded-'))
      throw refusal('requests through a proxy are not answered');
  }
  if (hasBody(headers) && !isJson(headers['content-type'])) {
    throw new ServiceError('unsupported_media_type', 'Larder runs without keys: bodies must be application/json');
  }
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json\s*(;|$)/i.test(contentType);
}

function refusal(cause: string): ServiceError {
  return new ServiceError('forbidden', `Larder runs without keys: ${cause}`);
}
