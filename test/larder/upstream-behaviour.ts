/** One function call that a scripted model makes. */
interface ScriptedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, as models write it. */
  readonly arguments: string;
}

/** What the stand-in upstream does with one call; everything absent is a plain good answer. */
export interface Behaviour {
  /** Milliseconds before the first byte. */
  readonly delayMs?: number;
  /** Holds the answer back until this settles. */
  readonly until?: Promise<unknown>;
  /** Never answers and never hangs up. */
  readonly silent?: boolean;
  /** An error answer with this status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error?: Readonly<Record<string, unknown>>;
  /** Sent as it is in place of any JSON. */
  readonly rawBody?: string;
  readonly content?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  /** What a response says in place of its content. */
  readonly refusal?: string;
  /** The summary of a response's reasoning, before its message or calls. */
  readonly reasoning?: string;
  readonly finishReason?: 'stop' | 'length' | 'content_filter' | 'tool_calls';
  readonly noChoices?: boolean;
  /** Milliseconds before each chunk of a stream. */
  readonly chunkDelayMs?: number;
  /** Sends the usage in the chunk that finishes the choice, as some servers do. */
  readonly usageWithChoices?: boolean;
  /** Reports this message as an error in the stream, after that many chunks, and ends it. */
  readonly errorAfterChunks?: readonly [chunks: number, message: string];
  /** Cuts the connection after that many chunks of a stream. */
  readonly breakAfterChunks?: number;
}

interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
}

/** The body of a chat completion request, as far as the stand-in reads it. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly [member: string]: unknown;
}

/** One call as the upstream saw it. */
export interface UpstreamCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly chat?: ChatBody;
  state: 'open' | 'answered' | 'aborted';
}

export const modelNotFound: Behaviour = {
  status: 404,
  error: {
    message: 'The model does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  },
};
