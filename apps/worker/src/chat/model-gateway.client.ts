import { Injectable } from '@nestjs/common';
import {
  completeChat,
  createEmbeddings,
  ServiceError,
  type CompleteChatReply,
  type CompleteChatRequest,
  type CreateEmbeddingsRequest,
} from '#contracts';
import { RpcClient } from '#redis-streams';
import { defaultWaitMs, longestWaitMs, PermanentFailure, RetryAfter, type JobContext } from '../job/job-kind.js';

type Traced = Pick<JobContext, 'signal' | 'traceparent'>;

/** Models as jobs reach them: through the gateway, whose cache and limits count here too. */
@Injectable()
export class ModelGateway {
  constructor(private readonly rpc: RpcClient) {}

  /** The gateway's answer, whatever its status. @throws ServiceError when the gateway did not answer. */
  chat(request: CompleteChatRequest, { signal, traceparent }: Traced): Promise<CompleteChatReply> {
    return this.rpc.call(completeChat, request, { tenant: request.tenant, signal, traceparent });
  }

  /** @throws as `assertAnswered` */
  async embed(request: CreateEmbeddingsRequest, { signal, traceparent }: Traced): Promise<CompleteChatReply> {
    const { tenant } = request;
    return assertAnswered(await this.rpc.call(createEmbeddings, request, { tenant, signal, traceparent }));
  }
}

/**
 * The reply of an answer (2xx).
 * @throws RetryAfter for 429; PermanentFailure for a request that no repetition can heal; Error for what may pass.
 */
export function assertAnswered(reply: CompleteChatReply): CompleteChatReply {
  const { status, headers } = reply;
  if (status < 300) return reply;
  const { code, message } = errorOf(reply);
  if (status === 429) throw new RetryAfter(waitMs(headers), message);
  if (status === 408 || status === 409 || status >= 500) throw new ServiceError('upstream_failed', message);
  throw new PermanentFailure(message, code);
}

function waitMs(headers: CompleteChatReply['headers']): number {
  const ms = Number(headers['retry-after-ms'] ?? Number(headers['retry-after']) * 1_000);
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, longestWaitMs) : defaultWaitMs;
}

/** The body of an answer; one that is no JSON becomes an error in OpenAI's shape. */
export function bodyOf({ status, body }: CompleteChatReply): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { error: { message: `The gateway answered ${status}.`, type: 'api_error', param: null, code: null } };
  }
}

/** The error of an answer in OpenAI's shape. */
function errorOf(reply: CompleteChatReply): { code: string; message: string } {
  const { error } = (bodyOf(reply) ?? {}) as { error?: { code?: string | null; message?: string } };
  return { code: error?.code ?? 'failed', message: error?.message ?? `The gateway answered ${reply.status}.` };
}
