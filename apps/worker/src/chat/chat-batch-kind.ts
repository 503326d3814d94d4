import { Injectable } from '@nestjs/common';
import { IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import { AreChatOptions } from '#contracts';
import { BulkRunService, FailedPart, type BulkResult } from '../bulk/bulk-run.service.js';
import { PermanentFailure, type JobContext, type JobKind } from '../job/job-kind.js';
import { batchLines, type BatchLine } from './batch-lines.js';
import { rolesForChat } from './chat-options.js';
import { assertAnswered, bodyOf, ModelGateway } from './model-gateway.client.js';

const defaultConcurrency = 8;
const mayPass: ReadonlySet<number> = new Set([408, 409, 429]);

export class ChatBatchPayload {
  /** JSONL in the form of OpenAI's Batch API: `{"custom_id", "method": "POST", "url": "/v1/chat/completions", "body"}` a line. */
  @IsString()
  @MinLength(1)
  input: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(32)
  concurrency?: number;

  /** What headers would say, for every line. */
  @IsOptional()
  @AreChatOptions()
  options?: Record<string, string>;
}

/** Many chat completions; the output is JSONL in the form of OpenAI's Batch API, a line for each of the input. */
@Injectable()
export class ChatBatchKind implements JobKind<ChatBatchPayload, BulkResult> {
  readonly name = 'chat-batch';
  readonly payload = ChatBatchPayload;
  readonly queue = 'bulk';
  readonly attemptTimeoutMs = 86_400_000;
  readonly needs = rolesForChat;

  constructor(
    private readonly gateway: ModelGateway,
    private readonly bulk: BulkRunService,
  ) {}

  handle(
    { input, concurrency = defaultConcurrency, options = {} }: ChatBatchPayload,
    context: JobContext,
  ): Promise<BulkResult> {
    return this.bulk.run(context, {
      parts: batchLines(input),
      concurrency,
      work: async (line, at) => [await this.ask(line, at, options, context)],
      failure: (line, error, at) => answered(line, at, context, { response: null, error }),
    });
  }

  private async ask(
    line: BatchLine,
    at: number,
    options: Record<string, string>,
    context: JobContext,
  ): Promise<object> {
    if ('fault' in line) throw new PermanentFailure(line.fault, 'invalid_line');
    const { tenant, caller, idempotencyKey } = context;
    const request = { tenant, caller, body: line.body, options, idempotencyKey: `${idempotencyKey}-${at}` };
    const reply = await this.gateway.chat(request, context);
    const { status } = reply;
    // Refusals are answers of a batch too, as OpenAI keeps them; only what may pass is tried again.
    const isRefusal = status >= 400 && status < 500 && !mayPass.has(status);
    if (!isRefusal) assertAnswered(reply);
    const response = { status_code: status, request_id: `req_${context.jobId}_${at}`, body: bodyOf(reply) };
    const told = answered(line, at, context, { response, error: null });
    if (isRefusal) throw new FailedPart(told);
    return told;
  }
}

function answered(
  line: BatchLine,
  at: number,
  { jobId }: JobContext,
  outcome: { response: unknown; error: unknown },
): object {
  return { id: `batch_req_${jobId}_${at}`, custom_id: line.customId, ...outcome };
}
