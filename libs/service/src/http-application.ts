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
