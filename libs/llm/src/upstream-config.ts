import type { ModelPrice } from './prices.js';

/** One OpenAI-compatible server. */
export interface UpstreamConfig {
  /** Shown in logs, metrics and errors; nothing else of this object ever is. */
  readonly name: string;
  /** What an OpenAI client calls its base URL (`https://api.openai.com/v1`); without a path, `/v1` is meant. */
  readonly url: string;
  readonly apiKey?: string;
  /** Names or globs (`gpt-4o*`); absent: every model. */
  readonly models?: readonly string[];
  /** Milliseconds for everything that is tried here for one call, retries included; 600 000 unless told. */
  readonly timeoutMs?: number;
  /** Milliseconds to open a connection; 5 000 unless told. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds until a streamed answer begins; 120 000 unless told. A plain answer begins when it is complete. */
  readonly firstByteTimeoutMs?: number;
  /** Milliseconds without a byte once an answer has begun; 120 000 unless told. */
  readonly idleTimeoutMs?: number;
  /** Further attempts at this upstream before the next one is asked; 2 unless told. */
  readonly retries?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where upstream calls report what an operator must know: transitions and refusals, never a prompt, key or URL. */
export interface UpstreamLogger {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

export interface UpstreamsOptions {
  /** In order of preference: the first that serves a model is asked first. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly prices?: readonly ModelPrice[];
  /** Answer with the built-in demo model when no upstream is configured. */
  readonly demo: boolean;
  readonly logger?: UpstreamLogger;
}
