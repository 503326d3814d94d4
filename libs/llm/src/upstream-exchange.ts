import type { Readable } from 'node:stream';

/** What is asked for by model, with retries and in the order of preference; below upstream's base URL. */
export type ModelPath = '/chat/completions' | '/responses' | '/embeddings';

/** Something that a model is to make: a chat completion unless `path` says otherwise. */
export interface CompletionCall {
  readonly path?: ModelPath;
  /** JSON text, sent as it is. */
  readonly body: string;
  readonly model: string;
  readonly stream: boolean;
  /** The client's own `Authorization`, sent in place of the configured key (passthrough mode). */
  readonly authorization?: string;
  /** Further request headers; those that concern only the client's connection or its credentials are left out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the call, and the answer's body too. */
  readonly signal: AbortSignal;
}

/** Any other request on an OpenAI path. */
export interface ForwardCall {
  readonly method: string;
  /** As the client sent it, without its query: `/v1/embeddings`. */
  readonly path: string;
  /** Without the question mark. */
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | Buffer | null;
  readonly authorization?: string;
  readonly signal: AbortSignal;
}

export interface UpstreamResponse {
  readonly status: number;
  /** Lower-case names; safe to hand on to the client. */
  readonly headers: Readonly<Record<string, string>>;
  /** Raw bytes. Fails with UpstreamError when upstream breaks off; destroying it ends the upstream call. */
  readonly body: Readable;
  /** The name of the upstream that answered. */
  readonly upstream: string;
}
