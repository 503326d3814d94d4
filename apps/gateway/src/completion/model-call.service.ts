import { Injectable } from '@nestjs/common';
import { Upstreams, type UpstreamResponse } from '#llm';
import { ServiceError } from '#contracts';
import { UpstreamAccess } from '../upstream-access.service.js';
import type { CompletionRequest } from './completion-request.js';
import { errorOutcome, pickOutcomeHeaders, type Outcome } from './outcome.js';

/** Larger answers are refused: nothing that a model writes comes near. Bytes. */
const maxAnswerBytes = 32 * 1024 * 1024;

interface AskOptions {
  readonly signal: AbortSignal;
  /** The body holds numbers that JSON.parse cannot hold. */
  readonly inexact: boolean;
}

/** Asks a model; knows nothing of caches. */
@Injectable()
export class ModelCallService {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly access: UpstreamAccess,
  ) {}

  /** @throws ServiceError not_found when no configured upstream serves the model. */
  assertServes(model: string): void {
    if (this.upstreams.serves(model)) return;
    throw new ServiceError('not_found', `The model '${model}' does not exist or you do not have access to it.`, {
      param: 'model',
      reason: 'model_not_found',
    });
  }

  /**
   * Calls upstream.
   * @returns an open event stream, or the whole outcome: an answer or a refusal in OpenAI's shape. Never throws for upstream faults.
   */
  async ask(request: CompletionRequest, { signal, inexact }: AskOptions): Promise<UpstreamResponse | Outcome> {
    try {
      const { authorization, headers } = this.access.of(request.principal);
      const response = await this.upstreams.complete({
        path: request.dialect.upstreamPath,
        body: inexact ? verbatimBody(request) : upstreamBody(request),
        model: request.body.model,
        stream: request.stream,
        signal,
        ...(authorization && { authorization }),
        headers: { ...headers, ...(request.traceparent && { traceparent: request.traceparent }) },
      });
      if (isOpenStream(response)) return response;
      const outcome = await this.whole(response, authorization !== undefined);
      return outcome.status < 300 && !request.dialect.readAnswer(outcome.body) ? illegible() : outcome;
    } catch (fault) {
      if (fault instanceof ServiceError) return failure(fault);
      throw fault;
    }
  }

  private async whole(response: UpstreamResponse, ownKey: boolean): Promise<Outcome> {
    const body = await readText(response.body);
    if (!ownKey && (response.status === 401 || response.status === 403)) return refusedCredentials();
    return { status: response.status, body, headers: pickOutcomeHeaders(response.headers) };
  }
}

/** An event stream to be relayed, as against a whole outcome. */
export function isOpenStream(response: UpstreamResponse | Outcome): response is UpstreamResponse {
  if (typeof response.body === 'string') return false;
  return response.status === 200 && /^text\/event-stream\b/i.test(response.headers['content-type'] ?? '');
}

/** What was keyed is what is sent: the parsed body, written again. */
function upstreamBody({ dialect, body, stream }: CompletionRequest): string {
  return JSON.stringify(dialect.upstreamBody(body, stream));
}

/** JSON.parse has already lost digits of this body, so it goes out as it came; unless it holds a member that is ours. */
function verbatimBody(request: CompletionRequest): string {
  const isVerbatim = request.raw !== undefined && request.body['cache'] === undefined;
  return isVerbatim ? request.raw.toString('utf8') : upstreamBody(request);
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      size += part.length;
      if (size > maxAnswerBytes) throw new ServiceError('upstream_failed', 'The upstream answered with too much.');
      parts.push(part);
    }
  } catch (fault) {
    if (fault instanceof ServiceError) throw fault;
    throw new ServiceError('upstream_failed', 'The upstream broke off the answer.', {}, { cause: fault });
  }
  return Buffer.concat(parts).toString('utf8');
}

function failure(fault: ServiceError): Outcome {
  const type = fault.status < 500 ? 'invalid_request_error' : 'server_error';
  return errorOutcome(fault.status, { message: fault.message, type, code: fault.details.reason ?? fault.code });
}

function illegible(): Outcome {
  const message = 'The upstream answered with something that is no answer of this API.';
  return errorOutcome(502, { message, type: 'server_error', code: 'upstream_failed' });
}

/** The client's key is good; Larder's own is not. Passing a 401 on would send the client looking in the wrong place. */
function refusedCredentials(): Outcome {
  return errorOutcome(
    502,
    { message: "The upstream refused Larder's credentials.", type: 'server_error', code: 'upstream_credentials' },
    { 'x-should-retry': 'false' },
  );
}
