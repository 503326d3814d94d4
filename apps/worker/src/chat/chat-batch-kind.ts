import { Injectable } from '@nestjs/common';
import { IsInt, IsObject, IsOptional, IsString, Max, Min } from 'class-validator';
import { BulkRunService, type BulkResult } from '../bulk/bulk-run.service.js';
import type { JobContext, JobKind } from '../job/job-kind.js';
import { batchLines, type BatchLine } from './batch-lines.js';
import { checkedOptions } from './chat-options.js';
import { assertAnswered, errorOf, ModelGateway } from './model-gateway.client.js';
import { PermanentFailure } from '../job/job-kind.js';

const defaultConcurrency = 8;

export class ChatBatchPayload {
  /** JSONL in the form of OpenAI's Batch API: `{"custom_id", "method": "POST", "url": "/v1/chat/completions", "body"}` a line. */
  @IsString()
  input: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(32)
  concurrency?: number;

  /** What headers would say, for every line. */
  @IsOptional()
  @IsObject()
  options?: Record<string, string>;
}

/** Many chat completions; the output is JSONL in the form of OpenAI's Batch API, a line for each of the input. */
@Injectable()
export class ChatBatchKind implements JobKind<ChatBatchPayload, BulkResult> {
  readonly name = 'chat-batch';
  readonly payload = ChatBatchPayload;
  readonly queue = 'bulk';
  readonly attemptTimeoutMs = 86_400_000;

  constructor(
    private readonly gateway: ModelGateway,
    private readonly bulk: BulkRunService,
  ) {}

  handle(
    { input, concurrency = defaultConcurrency, options }: ChatBatchPayload,
    context: JobContext,
  ): Promise<BulkResult> {
    const headers = checkedOptions(options);
    return this.bulk.run(context, {
      parts: batchLines(input),
      concurrency,
      work: async (line, at) => [await this.ask(line, at, headers, context)],
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
    const { tenant, idempotencyKey, signal } = context;
    const request = { tenant, body: line.body, options, idempotencyKey: `${idempotencyKey}-${at}` };
    const reply = await this.gateway.chat(request, signal);
    const { status, body, headers } = reply;
    // Refusals are answers of a batch too; only what may pass is tried again.
    if (status >= 400 && status !== 408 && status !== 409 && status !== 429 && status < 500) {
      throw new PermanentFailure(errorOf(reply).message, errorOf(reply).code);
    }
    assertAnswered(reply);
    const response = {
      status_code: status,
      request_id: headers['x-request-id'] ?? null,
      body: JSON.parse(body) as unknown,
    };
    return answered(line, at, context, { response, error: null });
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
