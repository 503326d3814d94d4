import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { answerBody } from './answer-body.js';
import type { CallClock } from './call-clock.js';
import { readErrorAnswer, ownErrorAnswer, type ErrorAnswer } from './error-answer.js';
import { firstByte } from './first-byte.js';
import { redactor } from './redact.js';
import { UpstreamError } from './upstream-error.js';
import type { WireAnswer } from './upstream.js';
import { toUpstreamError } from './upstream-fault.js';
import { responseHeaders } from './upstream-headers.js';
import type { UpstreamTarget } from './upstream-target.js';

export interface WireRequest {
  readonly method: string;
  /** Below the base path, with its leading slash: `/chat/completions`. */
  readonly path: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | Readable | null;
  /** The client's own credentials. */
  readonly authorization?: string;
  /** Whether the answer's first byte is due within `firstByteTimeoutMs`. */
  readonly stream: boolean;
  /** Keep a compressed answer compressed. */
  readonly raw: boolean;
}

const noRetry = { 'x-should-retry': 'false' };

/** The connections to one upstream: sends one request, once, and gives back an answer that is safe to show. */
export class UpstreamConnection {
  private readonly pool: Pool;
  private readonly redact: (text: string) => string;

  constructor(private readonly target: UpstreamTarget) {
    this.pool = new Pool(target.origin, { connect: { timeout: target.connectTimeoutMs }, allowH2: false });
    this.redact = redactor([target.apiKey, ...Object.values(target.headers)]);
  }

  /** The clock is stopped when the body has ended; on a throw, or an answer with `error`, it is the caller's to stop. */
  async send(request: WireRequest, clock: CallClock): Promise<WireAnswer> {
    const wait = request.stream ? this.target.firstByteTimeoutMs : undefined;
    const { statusCode: status, headers: wireHeaders, body } = await this.begin(request, clock.signal, wait);
    const headers = responseHeaders(wireHeaders);
    const upstream = this.target.name;
    if (status >= (request.raw ? 400 : 300)) {
      const answer = await readErrorAnswer({ status, headers, body, upstream }, this.redact);
      clock.signal.throwIfAborted();
      if (status < 400) return this.redirected();
      return status === 401 && request.authorization === undefined ? this.refusedKey() : answer;
    }
    const { 'content-encoding': encoding, 'content-length': _length, ...decodedHeaders } = headers;
    return {
      status,
      headers: request.raw ? headers : decodedHeaders,
      body: answerBody(body, {
        ...(!request.raw && encoding && { encoding }),
        faultOf: (thrown) =>
          clock.signal.aborted ? (clock.signal.reason as Error) : toUpstreamError(upstream, thrown),
        onEnd: () => clock.stop(),
      }),
      upstream,
    };
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async begin(
    request: WireRequest,
    signal: AbortSignal,
    firstByteMs: number | undefined,
  ): Promise<Dispatcher.ResponseData> {
    const ask = (until: AbortSignal): Promise<Dispatcher.ResponseData> =>
      this.pool.request(this.options(request, until));
    if (firstByteMs === undefined) return ask(signal);
    const late = new UpstreamError(
      'deadline_exceeded',
      `upstream "${this.target.name}" did not begin in time`,
      this.target.name,
    );
    return firstByte(ask, signal, firstByteMs, late);
  }

  private options(request: WireRequest, signal: AbortSignal): Dispatcher.RequestOptions {
    const { basePath, baseQuery, apiKey, idleTimeoutMs } = this.target;
    const authorization = request.authorization ?? (apiKey && `Bearer ${apiKey}`);
    const query = [baseQuery, request.query].filter(Boolean).join('&');
    return {
      method: request.method,
      path: `${basePath}${request.path}${query && `?${query}`}`,
      headers: {
        'user-agent': 'larder',
        ...request.headers,
        ...(authorization && { authorization }),
        ...this.target.headers,
      },
      body: request.body,
      signal,
      // The call's own clock bounds the wait for headers.
      headersTimeout: 0,
      bodyTimeout: idleTimeoutMs,
    };
  }

  private redirected(): ErrorAnswer {
    const message = `upstream "${this.target.name}" answered with a redirect, which is not followed`;
    return ownErrorAnswer(this.target.name, 502, message, { code: 'upstream_redirected' }, noRetry);
  }

  /** 401 would tell the client that its own key is wrong. */
  private refusedKey(): ErrorAnswer {
    const message = `upstream "${this.target.name}" does not accept the key that it is configured with`;
    return ownErrorAnswer(this.target.name, 502, message, { code: 'upstream_unauthenticated' }, noRetry);
  }
}
