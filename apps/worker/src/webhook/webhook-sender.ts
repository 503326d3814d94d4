import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { Webhook } from 'standardwebhooks';
import type { NetworkPolicy } from './network-policy.js';

const connectMs = 5_000;
const answerMs = 15_000;
const maxRedirects = 3;
/** How much of an answer is read before the connection is given up; nobody looks at it. Bytes. */
const maxAnswerBytes = 65_536;

export interface WebhookMessage {
  readonly url: string;
  /** The same for every attempt: receivers know repeats by it. */
  readonly id: string;
  /** JSON text. */
  readonly body: string;
  /** `whsec_…`; several while one replaces another. */
  readonly secrets: readonly string[];
}

/** `refused`: the address is one that webhooks may not go to. */
export type WebhookOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'refused'; readonly reason: string };

class AddressRefused extends Error {}

/** How a name becomes addresses; Node's own unless told (tests change their answers). */
export type Resolver = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Sends webhooks as Standard Webhooks (standardwebhooks.com) describes them. Addresses are checked when a connection is made,
 * on the very answer of the DNS that is connected to: what the name meant a moment before does not matter.
 */
export class WebhookSender {
  private readonly agent: Agent;

  constructor(
    private readonly policy: NetworkPolicy,
    private readonly resolver: Resolver = resolve,
  ) {
    const lookup = this.lookup.bind(this);
    this.agent = new Agent({
      connect: { timeout: connectMs, lookup: lookup as never },
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
      connections: 16,
      keepAliveTimeout: 1_000,
    });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  /** @throws Error when the receiver cannot be reached or does not answer in time. */
  async send(message: WebhookMessage, signal: AbortSignal): Promise<WebhookOutcome> {
    const headers = signedHeaders(message);
    try {
      return await this.follow(new URL(message.url), { headers, body: message.body, signal });
    } catch (error) {
      const refused = refusalIn(error);
      if (refused) return { kind: 'refused', reason: refused.message };
      throw error;
    }
  }

  /** Only redirects that keep method and body are followed (307, 308), each to an address that is checked anew. */
  private async follow(url: URL, options: Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'>) {
    let target = url;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      this.check(target);
      const answer = await this.agent.request({
        ...options,
        origin: target.origin,
        path: `${target.pathname}${target.search}`,
        method: 'POST',
      });
      await answer.body.dump({ limit: maxAnswerBytes }).catch(() => undefined);
      const { location } = answer.headers;
      const moves = (answer.statusCode === 307 || answer.statusCode === 308) && typeof location === 'string';
      if (!moves || !URL.canParse(location, target)) return answered(answer);
      target = new URL(location, target);
    }
    throw new Error('too many redirects');
  }

  /** The resolver never sees a host that is an address already. */
  private check({ protocol, hostname, username, password }: URL): void {
    if (protocol !== 'https:' && protocol !== 'http:') throw new AddressRefused('neither http nor https');
    if (username !== '' || password !== '') throw new AddressRefused('credentials in the address');
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !this.policy.allows(host)) throw new AddressRefused('a private address');
  }

  /** One private answer among several refuses all: which one would be tried is not ours to choose. */
  private lookup(
    hostname: string,
    options: LookupOptions,
    done: (error: Error | null, ...answer: unknown[]) => void,
  ): void {
    this.resolver(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error);
      if (addresses.length === 0 || !addresses.every(({ address }) => this.policy.allows(address))) {
        return done(new AddressRefused('a name of a private address'));
      }
      return options.all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family);
    });
  }
}

function signedHeaders({ id, body, secrets }: WebhookMessage): Record<string, string> {
  const now = new Date();
  return {
    'content-type': 'application/json',
    'user-agent': 'Larder',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}

function answered({ statusCode, headers }: Dispatcher.ResponseData): WebhookOutcome {
  const seconds = Number(headers['retry-after']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {};
  return { kind: 'answered', status: statusCode, ...retryAfterMs };
}

/** Connecting to several addresses fails with all of their errors. */
function refusalIn(error: unknown): AddressRefused | undefined {
  if (error instanceof AddressRefused) return error;
  if (error instanceof AggregateError) return error.errors.map(refusalIn).find((each) => each !== undefined);
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}
