import { Readable } from 'node:stream';
import { All, Controller, NotFoundException, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { isOpenAiPath, ServiceError } from '#contracts';
import { Upstreams } from '#llm';
import { answerRefusal } from '../completion/answer.js';
import { sendAnswer } from '../completion/answer-sending.js';
import { askingUser } from '../completion/asking-user.js';
import { LimitsService } from '../limits/limits.service.js';
import { withStanding } from '../limits/standing.js';
import { Presence } from '../presence.js';
import { CurrentPrincipal, type LarderRequest, type Principal } from '#service';

/**
 * Paths that only compute something for the caller. All others act on the account behind Larder's upstream key
 * (files, batches, fine-tuning, …), which tenants share: they ask for the role `upstream`.
 */
const statelessPaths =
  /^\/v1\/(completions|moderations|responses\/(input_tokens|compact)|audio\/[a-z]+|images\/[a-z]+)\/?$/;

/** Every OpenAI path that Larder does not know goes to the first upstream, and its answer comes back, as they are. */
@ApiExcludeController()
@Controller('v1/*')
export class PassthroughController {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly limits: LimitsService,
  ) {}

  @All()
  async forward(
    @Req() request: LarderRequest,
    @Res() reply: FastifyReply,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    assertSafe(request.method);
    const { pathname, search } = new URL(request.url, 'http://larder');
    assertForwardable(pathname);
    assertAllowed(principal, request.method, pathname);
    // The body may be a stream, and is not read: there is no model to limit by, and no user but the header's or the key's.
    const userId = askingUser(principal, request.headers, {});
    const admission = await this.limits.admit({ principal, ...(userId !== undefined && { userId }) });
    if (admission.refusal) return sendAnswer(reply, withStanding(answerRefusal(admission.refusal), admission));
    const response = await this.upstreams.forward({
      method: request.method,
      path: pathname,
      query: search.slice(1),
      headers: requestHeaders(request),
      body: requestBody(request),
      signal: new Presence(reply.raw).signal,
      ...(principal.upstreamAuthorization && { authorization: principal.upstreamAuthorization }),
    });
    const { headers } = withStanding({ headers: {} }, admission);
    await reply
      .code(response.status)
      .headers({ ...response.headers, ...headers })
      .send(response.body);
  }
}

/** TRACE makes a server repeat the headers that it was sent (RFC 9110, 9.3.8): upstream's key is among them. */
function assertSafe(method: string): void {
  if (method === 'TRACE') throw new ServiceError('method_not_allowed', 'TRACE is not passed on');
}

/** Reserved paths of Larder's own APIs never leave the house, and neither does a path that resolves elsewhere. */
function assertForwardable(pathname: string): void {
  const isPlain = isOpenAiPath(pathname) && !/%2e|%2f|%5c|\\/i.test(pathname);
  // As the router itself would: the path may have another method.
  if (!isPlain) throw new NotFoundException();
}

function assertAllowed({ roles }: Principal, method: string, pathname: string): void {
  const wanted = method === 'POST' && statelessPaths.test(pathname) ? 'chat' : 'upstream';
  if (roles.includes(wanted) || roles.includes('admin')) return;
  throw new ServiceError('forbidden', `This API key may not do that: the role '${wanted}' is needed.`);
}

function requestHeaders({ headers }: LarderRequest): Record<string, string> {
  const pairs = Object.entries(headers).flatMap(([name, value]) => {
    return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const];
  });
  return Object.fromEntries(pairs);
}

function requestBody(request: LarderRequest): Readable | Buffer | null {
  if (request.rawBody) return request.rawBody;
  return request.body instanceof Readable ? request.body : null;
}
