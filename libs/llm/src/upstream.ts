import type { UpstreamError } from './upstream-error.js';
import type { ModelCard, OpenAiErrorBody } from './openai-wire.js';
import type { CompletionCall, ForwardCall, UpstreamResponse } from './upstream-exchange.js';

/** An answer; with `error` when it is one, whose body is then already in memory. */
export type WireAnswer = UpstreamResponse & { readonly error?: OpenAiErrorBody['error'] };

/** How asking one upstream came out. */
export type Outcome =
  /** Good or bad, it is the answer. */
  | { readonly kind: 'answer'; readonly response: WireAnswer }
  /** Upstream is too busy or broken to answer; another one may not be. */
  | { readonly kind: 'refusal'; readonly response: WireAnswer }
  | { readonly kind: 'fault'; readonly error: UpstreamError };

/** One server whose models answer. */
export interface Upstream {
  readonly name: string;
  /** Names or globs; undefined: every model. */
  readonly models: readonly string[] | undefined;
  serves(model: string): boolean;
  /** Rejects only when the client has left, with its signal's reason. */
  complete(call: CompletionCall, hasAlternative: boolean): Promise<Outcome>;
  /** Throws UpstreamError. */
  forward(call: ForwardCall): Promise<UpstreamResponse>;
  /** Throws UpstreamError, or ServiceError `unauthenticated` for a client's own key. */
  listModels(signal: AbortSignal, authorization?: string): Promise<ModelCard[]>;
  close(): Promise<void>;
}
