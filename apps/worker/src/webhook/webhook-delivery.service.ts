import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { BootError, Metrics, newId, ServiceEnv } from '#service';
import { NetworkPolicy } from './network-policy.js';
import { signingSecrets, type WebhookEndpoint } from './webhook-endpoint.js';
import { WebhookSender, type WebhookOutcome } from './webhook-sender.js';

const testMs = 15_000;

/** What a receiver gets: the form that Standard Webhooks recommends. */
export interface WebhookEnvelope {
  readonly type: string;
  /** ISO 8601, UTC: when it happened, whichever attempt tells of it. */
  readonly timestamp: string;
  readonly data: unknown;
}

export interface SentReport {
  readonly delivered: boolean;
  readonly status?: number;
  readonly reason?: string;
}

/** Sends one webhook, once; repeating is the queue's work. */
@Injectable()
export class WebhookDelivery implements OnApplicationShutdown {
  private readonly sender: WebhookSender;
  private readonly sent;

  constructor(env: ServiceEnv, metrics: Metrics) {
    this.sender = new WebhookSender(networkPolicy(env.webhookNetworks));
    this.sent = metrics.counter('larder_webhooks_total', 'Webhooks by what came of them.', ['outcome']);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sender.close();
  }

  /** @throws Error when the receiver cannot be reached or does not answer in time. */
  async deliver(
    endpoint: WebhookEndpoint & { readonly url: string },
    message: { readonly id: string; readonly envelope: WebhookEnvelope },
    signal: AbortSignal,
  ): Promise<WebhookOutcome> {
    const body = JSON.stringify(message.envelope);
    const secrets = signingSecrets(endpoint);
    try {
      const outcome = await this.sender.send({ url: endpoint.url, id: message.id, body, secrets }, signal);
      this.sent.inc({ outcome: outcome.kind === 'refused' ? 'refused' : statusClass(outcome.status) });
      return outcome;
    } catch (error) {
      this.sent.inc({ outcome: 'unreachable' });
      throw error;
    }
  }

  /** @throws ServiceError invalid_request for an endpoint without an address. */
  async test(endpoint: WebhookEndpoint): Promise<SentReport> {
    const { url } = endpoint;
    if (url === undefined) throw new ServiceError('invalid_request', 'This webhook is a secret without an address.');
    const envelope = { type: 'webhook.test', timestamp: new Date().toISOString(), data: {} };
    try {
      const message = { id: `msg_${newId()}`, envelope };
      const outcome = await this.deliver({ ...endpoint, url }, message, AbortSignal.timeout(testMs));
      if (outcome.kind === 'refused') return { delivered: false, reason: outcome.reason };
      return { delivered: isTaken(outcome.status), status: outcome.status };
    } catch {
      return { delivered: false, reason: 'the receiver could not be reached, or did not answer in time' };
    }
  }
}

export function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}

const statusClass = (status: number): string => `${Math.floor(status / 100)}xx`;

function networkPolicy(networks: string): NetworkPolicy {
  try {
    return new NetworkPolicy(
      networks
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    );
  } catch {
    throw new BootError(['LARDER_WEBHOOK_NETWORKS must be networks as 10.1.0.0/16, parted by commas']);
  }
}
