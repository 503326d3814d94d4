import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { errorCodes, isLangCachePath, isOpenAiPath, ServiceError, type ErrorCode } from '#contracts';
import { toOpenAiError, toProblem } from './error-shape.js';
import { toLangCacheError, wantsPlainJson } from './langcache-error.js';
import { Log } from './log.js';
import { RouteTable } from './request-hooks.js';

const codesByStatus = new Map<number, ErrorCode>(
  Object.entries(errorCodes).map(([code, status]) => [status, code as ErrorCode]),
);

/** Every fault's way out: as OpenAI's error object on OpenAI paths, as an RFC 9457 problem elsewhere, with LangCache's types on its paths. */
@Catch()
@Injectable()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly routes: RouteTable,
  ) {}

  catch(fault: unknown, host: ArgumentsHost): void | Observable<never> {
    // The transport sends a fault across by its code.
    if (host.getType() !== 'http') return throwError(() => fault);
    const http = host.switchToHttp();
    this.answer(fault, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  private answer(fault: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = this.translate(fault, request, reply);
    if (reply.sent || reply.raw.headersSent) {
      // Part of the answer is out already: a broken connection is the only honest sign left.
      reply.raw.destroy();
      return;
    }
    sendError(error, request, reply);
  }

  private translate(fault: unknown, request: FastifyRequest, reply: FastifyReply): ServiceError {
    if (fault instanceof ServiceError) {
      if (fault.code === 'internal') this.report(fault, request);
      return fault;
    }
    if (fault instanceof HttpException && fault.getStatus() < 500) return this.fromHttp(fault, request, reply);
    if (!isDeparture(fault, reply)) this.report(fault, request);
    return new ServiceError('internal', `internal error (request ${request.id})`);
  }

  /** Faults of Nest and Fastify: unknown path, malformed request, body too large, … */
  private fromHttp(fault: HttpException, request: FastifyRequest, reply: FastifyReply): ServiceError {
    const status = fault.getStatus();
    if (status !== 404) {
      const code = codesByStatus.get(status) ?? 'invalid_request';
      return new ServiceError(code, status === 413 ? 'The body is larger than 50 MiB' : text(status));
    }
    const methods = this.routes.methodsOf(request.url);
    if (methods.length === 0) return new ServiceError('not_found', 'There is nothing at this path');
    void reply.header('allow', methods.join(', '));
    return new ServiceError('method_not_allowed', `This path answers ${methods.join(', ')}`);
  }

  private report(fault: unknown, request: FastifyRequest): void {
    const { method, routeOptions, id } = request;
    this.log.error('request failed', { error: fault, requestId: id, method, route: routeOptions?.url });
  }
}

/** A client that no longer waits ends its own work, which is no fault of anybody's. */
function isDeparture(fault: unknown, { raw }: FastifyReply): boolean {
  return raw.destroyed && fault instanceof Error && fault.name === 'AbortError';
}

function text(status: number): string {
  return STATUS_CODES[status] ?? 'The request is not valid';
}

/** Writes a fault in the shape that its path speaks. */
export function sendError(error: ServiceError, request: FastifyRequest, reply: FastifyReply): void {
  if (error.code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer realm="larder"');
  if (error.code === 'payload_too_large') readAway(request, reply);
  const { status, type, body } = shapeOf(error, request);
  void reply
    .code(status)
    .header('x-request-id', request.id)
    .type(`${type}; charset=utf-8`)
    .serializer(JSON.stringify)
    .send(body);
}

interface ErrorAnswer {
  readonly status: number;
  readonly type: 'application/json' | 'application/problem+json';
  readonly body: object;
}

function shapeOf(error: ServiceError, { url, id, headers }: FastifyRequest): ErrorAnswer {
  const { status } = error;
  if (isOpenAiPath(url)) return { status, type: 'application/json', body: toOpenAiError(error) };
  if (!isLangCachePath(url)) return { status, type: 'application/problem+json', body: toProblem(error, id) };
  const problem = toLangCacheError(error, id);
  const type = wantsPlainJson(headers.accept) ? 'application/json' : 'application/problem+json';
  return { status: problem.status, type, body: problem };
}

const readAwayMs = 10_000;

/** Reads the rest of a refused body for a while: to close the connection at once could take the answer with it. */
function readAway({ raw }: FastifyRequest, reply: FastifyReply): void {
  reply.removeHeader('connection');
  raw.resume();
  const timer = setTimeout(() => raw.destroy(), readAwayMs).unref();
  raw.once('close', () => clearTimeout(timer));
}
