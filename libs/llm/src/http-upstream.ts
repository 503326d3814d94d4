import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '#contracts';
import { readText } from './answer-body.js';
import { CallClock } from './call-clock.js';
import { isJsonObject, type ModelCard } from './openai-wire.js';
import { retryWaitMs } from './retry-wait.js';
import type { Outcome, Upstream, WireAnswer } from './upstream.js';
import { UpstreamBreaker } from './upstream-breaker.js';
import type { UpstreamLogger } from './upstream-config.js';
import { UpstreamConnection, type WireRequest } from './upstream-connection.js';
import { isUpstreamError, UpstreamError } from './upstream-error.js';
import type { CompletionCall, ForwardCall, UpstreamResponse } from './upstream-exchange.js';
import { toUpstreamError } from './upstream-fault.js';
import { requestHeaders } from './upstream-headers.js';
import type { UpstreamTarget } from './upstream-target.js';

const retriedStatuses = new Set([429, 502, 503, 504, 529]);
const modelListTimeoutMs = 4_000;
const longestModelListBytes = 8 * 1024 * 1024;

/** An OpenAI-compatible server over HTTP, with retries and a breaker. */
export class HttpUpstream implements Upstream {
  readonly name: string;
  readonly models: readonly string[] | undefined;
  private readonly connection: UpstreamConnection;
  private readonly breaker: UpstreamBreaker<WireAnswer>;

  constructor(
    private readonly target: UpstreamTarget,
    logger?: UpstreamLogger,
  ) {
    this.name = target.name;
    this.models = target.models;
    this.connection = new UpstreamConnection(target);
    const rules = { countsError: isUpstreamError, countsResult: isOutage };
    this.breaker = new UpstreamBreaker(target.name, rules, logger);
  }

  serves(model: string): boolean {
    return this.target.serves(model);
  }

  async complete(call: CompletionCall, hasAlternative: boolean): Promise<Outcome> {
    const request: WireRequest = {
      method: 'POST',
      path: call.path ?? '/chat/completions',
      headers: {
        ...withoutEncoding(requestHeaders(call.headers ?? {})),
        'content-type': 'application/json',
        accept: call.stream ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
      },
      body: call.body,
      ...(call.authorization !== undefined && { authorization: call.authorization }),
      stream: call.stream,
      raw: false,
    };
    return this.timed(call.signal, this.target.timeoutMs, (clock) => this.attempts(request, hasAlternative, clock));
  }

  async forward(call: ForwardCall): Promise<UpstreamResponse> {
    const request: WireRequest = {
      method: call.method,
      path: pathBelowBase(call.path),
      ...(call.query && { query: call.query }),
      headers: { ...requestHeaders(call.headers), ...lengthOf(call) },
      body: call.body,
      ...(call.authorization !== undefined && { authorization: call.authorization }),
      stream: false,
      raw: true,
    };
    const outcome = await this.timed(call.signal, this.target.timeoutMs, (clock) => this.attempt(request, clock));
    if (outcome.kind === 'fault') throw outcome.error;
    return outcome.response;
  }

  async listModels(signal: AbortSignal, authorization?: string): Promise<ModelCard[]> {
    const request: WireRequest = {
      method: 'GET',
      path: '/models',
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      body: null,
      ...(authorization !== undefined && { authorization }),
      stream: false,
      raw: false,
    };
    const outcome = await this.timed(signal, modelListTimeoutMs, (clock) => this.attempt(request, clock));
    if (outcome.kind === 'fault') throw outcome.error;
    const { status, body } = outcome.response;
    if (status === 401) throw new ServiceError('unauthenticated', `upstream "${this.name}" does not accept this key`);
    const cards = status < 300 ? modelCards(await readText(body, longestModelListBytes)) : undefined;
    if (!cards)
      throw new UpstreamError('upstream_failed', `upstream "${this.name}" did not list its models`, this.name);
    return cards.filter(({ id }) => this.serves(id));
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async timed(
    client: AbortSignal,
    totalMs: number,
    run: (clock: CallClock) => Promise<Outcome>,
  ): Promise<Outcome> {
    const clock = new CallClock(client, totalMs, this.name);
    try {
      const outcome = await run(clock);
      const bodyIsOpen = outcome.kind === 'answer' && !('error' in outcome.response);
      if (!bodyIsOpen) clock.stop();
      return outcome;
    } catch (error) {
      clock.stop();
      throw error;
    }
  }

  private async attempts(request: WireRequest, hasAlternative: boolean, clock: CallClock): Promise<Outcome> {
    for (let attempts = 1; ; attempts++) {
      const outcome = await this.attempt(request, clock);
      const state = { attempts, retries: this.target.retries, hasAlternative, remainingMs: clock.remainingMs };
      const waitMs = mayRetry(outcome) ? retryWaitMs(headersOf(outcome), state) : undefined;
      if (waitMs === undefined) return outcome;
      await sleep(waitMs, undefined, { signal: clock.signal }).catch(() => clock.throwIfClientLeft());
    }
  }

  private async attempt(request: WireRequest, clock: CallClock): Promise<Outcome> {
    try {
      const response = await this.breaker.run(() => this.send(request, clock));
      return { kind: isRefusal(response.status) ? 'refusal' : 'answer', response };
    } catch (error) {
      if (!isUpstreamError(error) || clock.clientIsGone) throw error;
      return { kind: 'fault', error };
    }
  }

  /** A model that is asked answers with JSON or events; on other paths anything may come. */
  private legible({ raw }: WireRequest, answer: WireAnswer): WireAnswer {
    if (raw || !isWebPage(answer)) return answer;
    answer.body.destroy();
    throw new UpstreamError('upstream_failed', `upstream "${this.name}" answered with a web page`, this.name);
  }

  private async send(request: WireRequest, clock: CallClock): Promise<WireAnswer> {
    try {
      return this.legible(request, await this.connection.send(request, clock));
    } catch (error) {
      clock.throwIfClientLeft();
      // The client's fault, which must not speak against the upstream.
      if (isBroken(request.body)) throw new ServiceError('invalid_request', 'the request body broke off');
      throw toUpstreamError(this.name, error);
    }
  }
}

/** What a proxy, a login page or a base URL without `/v1` answers with. */
function isWebPage({ status, headers }: WireAnswer): boolean {
  return status < 300 && /^text\/html\b/i.test(headers['content-type'] ?? '');
}

function isRefusal(status: number): boolean {
  return status === 429 || status >= 500;
}

/** A 500 may be the doing of one request, so it does not stop the others; nor does a fault of the configuration. */
function isOutage({ status, headers }: WireAnswer): boolean {
  return status !== 429 && retriedStatuses.has(status) && headers['x-should-retry'] !== 'false';
}

function isBroken(body: WireRequest['body']): boolean {
  return body instanceof Readable && body.errored !== null;
}

/** A stream's length is the client's to say; of everything else it is known. */
function lengthOf({ body, headers }: ForwardCall): Record<string, string> {
  const length = headers['content-length'];
  return body instanceof Readable && length !== undefined ? { 'content-length': length } : {};
}

function mayRetry(outcome: Outcome): boolean {
  if (outcome.kind === 'fault') return outcome.error.retryable;
  // A quota that is used up does not come back in seconds.
  const { status, error }: WireAnswer = outcome.response;
  return outcome.kind === 'refusal' && retriedStatuses.has(status) && error?.code !== 'insufficient_quota';
}

function headersOf(outcome: Outcome): Readonly<Record<string, string>> {
  return outcome.kind === 'fault' ? {} : outcome.response.headers;
}

/** The body is JSON text by now, however the client had packed it. */
function withoutEncoding({
  'content-encoding': _encoding,
  ...headers
}: Record<string, string>): Record<string, string> {
  return headers;
}

/** Upstream's base URL stands for `/v1`; a path must not climb out of it. */
function pathBelowBase(path: string): string {
  const below = /^\/v1(\/[^?#\\\s]*)$/.exec(path)?.[1];
  const climbs = below?.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment)) ?? true;
  if (below === undefined || climbs) throw new ServiceError('not_found', 'no such path');
  return below;
}

function modelCards(text: string): ModelCard[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    const data = isJsonObject(list) ? list.data : undefined;
    if (!Array.isArray(data)) return undefined;
    return data.filter(isJsonObject).filter((card): card is ModelCard => typeof card.id === 'string');
  } catch {
    return undefined;
  }
}
