import { Injectable } from '@nestjs/common';
import { IsDefined, IsISO8601, IsOptional, IsString, IsUrl, Matches, MaxLength } from 'class-validator';
import { ServiceError } from '#contracts';
import { PermanentFailure, RetryAfter, type JobContext, type JobKind } from '../job/job-kind.js';
import { isTaken, WebhookDelivery } from './webhook-delivery.service.js';
import { WebhookService } from './webhook.service.js';

const longestWaitMs = 3_600_000;

export class WebhookPayload {
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true })
  @MaxLength(2_048)
  url: string;

  /** `job.succeeded`, or an event of the application's own. */
  @Matches(/^[A-Za-z0-9_.-]{1,128}$/)
  type: string;

  /** When it happened; when the job was submitted unless told. */
  @IsOptional()
  @IsISO8601({ strict: true })
  timestamp?: string;

  /** Any JSON value but null. */
  @IsDefined()
  data: unknown;

  /** Names the message to its receiver; the job unless told. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  messageId?: string;
}

/** Tells one address of one event; repeated as Standard Webhooks advises, over about a day. */
@Injectable()
export class WebhookKind implements JobKind<
  WebhookPayload,
  { readonly status: number } | { readonly skipped: string }
> {
  readonly name = 'webhook';
  readonly payload = WebhookPayload;
  readonly queue = 'webhooks';
  readonly attemptTimeoutMs = 30_000;
  readonly retry = {
    attempts: 10,
    backoff: 'exponential',
    firstMs: 5_000,
    longestMs: 14_400_000,
    jitter: 0.5,
  } as const;

  constructor(
    private readonly webhooks: WebhookService,
    private readonly delivery: WebhookDelivery,
  ) {}

  async handle(payload: WebhookPayload, { tenant, idempotencyKey, submittedAt, signal }: JobContext) {
    const { url, type, data, messageId = `msg_${idempotencyKey}` } = payload;
    const timestamp = payload.timestamp ?? new Date(submittedAt).toISOString();
    const endpoint = await this.webhooks.endpointFor(tenant, url);
    if (endpoint.disabled) throw new PermanentFailure('The webhook is disabled.', 'webhook_disabled');
    if (endpoint.events && isJobEvent(type) && !(endpoint.events as readonly string[]).includes(type)) {
      return { skipped: 'the webhook does not ask for this event' };
    }
    const message = { id: messageId, envelope: { type, timestamp, data } };
    const outcome = await this.delivery.deliver({ ...endpoint, url }, message, signal);
    if (outcome.kind === 'refused')
      throw new PermanentFailure(`Refused: ${outcome.reason}.`, 'webhook_address_refused');
    const { status, retryAfterMs } = outcome;
    if (isTaken(status)) return { status };
    if (status === 410) await this.giveUp(tenant, endpoint.id);
    if (retryAfterMs !== undefined) throw new RetryAfter(Math.min(retryAfterMs, longestWaitMs), `answered ${status}`);
    throw new ServiceError('upstream_failed', `The receiver answered ${status}.`);
  }

  /** 410: the receiver wants nothing more, ever (Standard Webhooks, "Delivery failures"). */
  private async giveUp(tenant: string, id: string): Promise<never> {
    if (id !== 'default') await this.webhooks.change(tenant, id, { disabled: true });
    throw new PermanentFailure('The receiver is gone for good (410).', 'webhook_gone');
  }
}

const isJobEvent = (type: string): boolean => type.startsWith('job.');
