import { randomBytes } from 'node:crypto';

/** The events that an endpoint can be told of. */
export const webhookEvents = ['job.succeeded', 'job.failed', 'job.dead', 'job.cancelled'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

interface WebhookSecret {
  /** `whsec_` and 32 random bytes in base64 (Standard Webhooks). It signs, so it is kept as it is. */
  readonly secret: string;
  /** Epoch milliseconds; absent: until it is replaced. */
  readonly untilMs?: number;
}

/** An address of a tenant that webhooks go to. */
export interface WebhookEndpoint {
  readonly id: string;
  /** Absent: not an address but the secret of all addresses that were never registered. */
  readonly url?: string;
  readonly description?: string;
  /** Absent: all of them. */
  readonly events?: readonly WebhookEvent[];
  /** The newest first. */
  readonly secrets: readonly WebhookSecret[];
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Nothing is sent to it: its receiver said so (410), or its owner did. */
  readonly disabled?: true;
}

/** Signs what goes to addresses that nobody registered. */
export const unregistered = 'default';

export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The secrets that sign now: the newest, and those that it replaced until their time is over. */
export function signingSecrets({ secrets }: WebhookEndpoint, nowMs = Date.now()): string[] {
  return secrets.filter(({ untilMs = Infinity }) => untilMs > nowMs).map(({ secret }) => secret);
}

/** The endpoint with a new secret; the old one signs too for so long. */
export function withNewSecret(endpoint: WebhookEndpoint, overlapMs: number, nowMs = Date.now()): WebhookEndpoint {
  const older = endpoint.secrets
    .map(({ secret, untilMs = Infinity }) => ({ secret, untilMs: Math.min(untilMs, nowMs + overlapMs) }))
    .filter(({ untilMs }) => untilMs > nowMs)
    .slice(0, maxOlderSecrets);
  return { ...endpoint, secrets: [{ secret: newSecret() }, ...older] };
}

const maxOlderSecrets = 4;
