import { isUtf8 } from 'node:buffer';
import { finished } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOpenAiPath, ServiceError } from '#contracts';
import type { Principal } from './principal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever authentication found; undefined on public paths. */
    principal: Principal | undefined;
    /** The bytes of a JSON body as they came, on OpenAI paths only; `request.body` is what JSON.parse made of them. */
    rawBody: Buffer | undefined;
  }
}

/**
 * A request to a Larder service. A JSON body is parsed into `body` (undefined when it is empty); on OpenAI paths its
 * bytes are in `rawBody` too, and a body of any other content type is a Readable in `body`.
 */
export type LarderRequest = FastifyRequest;

/** Bytes; images travel inside of JSON bodies. */
export const bodyLimit = 50 * 1024 * 1024;

/** How much of an oversized body is read and dropped before it is refused. Bytes. */
const drainLimit = 2 * bodyLimit;

/** Replaces Fastify's parsers: theirs refuse harmless members named `__proto__` and keep no bytes. */
export function parseBodies(fastify: FastifyInstance): void {
  fastify.decorateRequest('rawBody', undefined);
  // A client that is still sending when its connection is closed never reads why: let it finish first, within a bound.
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (isOversized(request)) finished(payload.resume(), () => done(null, payload));
    else done(null, payload);
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer', bodyLimit }, (request, body, done) => {
    if (onOpenAiRoute(request)) request.rawBody = body;
    try {
      done(null, parseJson(body));
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (onOpenAiRoute(request)) done(null, payload);
    else done(new ServiceError('unsupported_media_type', 'The body must be application/json'));
  });
}

function isOversized({ headers }: FastifyRequest): boolean {
  const length = Number(headers['content-length']);
  return length > bodyLimit && length <= drainLimit && /^application\/json\b/i.test(headers['content-type'] ?? '');
}

/** By the route that was matched: the path that was asked for may be spelt in ways that only the router understands. */
function onOpenAiRoute(request: FastifyRequest): boolean {
  return isOpenAiPath(request.routeOptions.url ?? request.url);
}

/** JSON.parse makes `__proto__` an ordinary member, so nothing is polluted. Its own messages quote the body: they stay here. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new ServiceError('invalid_request', 'The body is not valid UTF-8');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('invalid_request', 'The body is not valid JSON');
  }
}
