interface CommonSettings {
  /** Similarity from which two texts ask the same (0–1); the embedder's own when absent. */
  readonly threshold?: number;
}

/** Compares wording, offline. */
export interface LexicalSettings extends CommonSettings {
  readonly kind: 'lexical';
}

/** Any server with an OpenAI-compatible `/v1/embeddings`: OpenAI, Ollama, vLLM, TEI. */
export interface OpenAiSettings extends CommonSettings {
  readonly kind: 'openai';
  /** With or without `/v1`: `https://api.openai.com/v1`. */
  readonly url: string;
  readonly apiKey?: string;
  readonly model: string;
  /** Asked of the server, where the model can shorten its vectors. */
  readonly dimensions?: number;
  /** Put before every text, where the model wants it (`query: `). */
  readonly prefix?: string;
  /** Milliseconds for one request; 10 000 unless told. Callers in a hurry abort earlier by their signal. */
  readonly timeoutMs?: number;
  readonly maxCharacters?: number;
}

/** An ONNX model in this process, through `@huggingface/transformers`, which is installed by whoever wants it. */
export interface LocalSettings extends CommonSettings {
  readonly kind: 'local';
  /** A folder with the model, or its name on the hub. */
  readonly model: string;
  readonly prefix?: string;
  /** `fp32`, `q8`, …; as the library names them. */
  readonly dtype?: string;
  readonly pooling?: 'mean' | 'cls';
  /** Milliseconds until a batch is given up; 30 000 unless told. */
  readonly timeoutMs?: number;
  /** Another module in the library's shape. */
  readonly library?: string;
}

export type EmbedderSettings = LexicalSettings | OpenAiSettings | LocalSettings;
