import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '#contracts';
import { Authenticator } from './authenticator.js';
import { bodyLimit, parseBodies } from './body-parsing.js';
import type { ServiceEnv } from './env.js';
import { sendError } from './http-error.filter.js';
import { Metrics } from './metrics.js';
import { admitRequests, observeRequests, requestId, RouteTable, startTogether } from './request-hooks.js';

/** Fastify as every service wants it. */
export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    // No Nest middleware is used: without its engine every request is a little cheaper.
    skipMiddie: true,
    multipart: false,
    bodyLimit,
    // Fastify's default is none: a body that never ends would hold its memory for ever.
    requestTimeout: 300_000,
    genReqId: requestId,
    routerOptions: { maxParamLength: 512 },
    clientErrorHandler: refuseUnreadable,
    // Malformed URLs fail before any hook or filter.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      sendError(new ServiceError('invalid_request', 'The URL is not valid', {}, { cause: error }), request, reply);
    },
  });
}

/** Before init(). In this order: routes are watched before they come, the metric sees refusals too, admission precedes bodies. */
export function prepareHttp(app: NestFastifyApplication, env: ServiceEnv): void {
  const fastify = app.getHttpAdapter().getInstance();
  app.get(RouteTable).watch(fastify);
  observeRequests(fastify, app.get(Metrics));
  admitRequests(fastify, env.authMode, app.get(Authenticator));
  parseBodies(fastify);
  startTogether(fastify);
}

/** What is not even HTTP, or has headers of more than 16 KiB: no path is known that could say in which shape to answer. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const code = isTooLarge ? 'headers_too_large' : 'invalid_request';
  const detail = isTooLarge ? 'The headers are larger than 16 KiB' : 'The request is not valid HTTP/1.1';
  const status = isTooLarge ? 431 : 400;
  const type = `/errors/${code.replaceAll('_', '-')}`;
  const body = JSON.stringify({ type, title: STATUS_CODES[status], status, detail, code });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
