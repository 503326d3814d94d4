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
import { PermanentFailure, RetryAfter } from '../job/job-kind.js';

/** Told to wait, but not for how long. Milliseconds. */
const defaultWaitMs = 10_000;
/** Budgets of days are asked after every so often: they may be raised meanwhile. Milliseconds. */
const longestWaitMs = 900_000;

/** Models as jobs reach them: through the gateway, whose cache and limits count here too. */
@Injectable()
export class ModelGateway {
  constructor(private readonly rpc: RpcClient) {}

  /** The gateway's answer, whatever its status. @throws ServiceError when the gateway did not answer. */
  chat(request: CompleteChatRequest, signal: AbortSignal): Promise<CompleteChatReply> {
    return this.rpc.call(completeChat, request, { tenant: request.tenant, signal });
  }

  /** @throws as `assertAnswered` */
  async embed(request: CreateEmbeddingsRequest, signal: AbortSignal): Promise<CompleteChatReply> {
    return assertAnswered(await this.rpc.call(createEmbeddings, request, { tenant: request.tenant, signal }));
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

/** The error of an answer in OpenAI's shape. */
export function errorOf({ status, body }: CompleteChatReply): { code: string; message: string } {
  const fallback = { code: 'failed', message: `The gateway answered ${status}.` };
  try {
    const { error } = JSON.parse(body) as { error?: { code?: string | null; message?: string } };
    return { code: error?.code ?? fallback.code, message: error?.message ?? fallback.message };
  } catch {
    return fallback;
  }
}
