import { Agent, request } from 'undici';
import type { OpenAiSettings } from './embedder-settings.js';
import { EmbeddingError } from './embedding-error.js';

const connectTimeoutMs = 3_000;
const defaultTimeoutMs = 10_000;
const longestAnswerBytes = 64 * 1024 * 1024;

/** One OpenAI-compatible `/v1/embeddings`. Its errors name a status and nothing that was sent or received. */
export class EmbeddingsEndpoint {
  private readonly agent = new Agent({ connect: { timeout: connectTimeoutMs }, connections: 16 });
  private readonly url: string;
  private readonly timeoutMs: number;
  /** Base64 is a quarter of the bytes; servers that do not know the member are asked without it. */
  private asksForBase64 = true;

  constructor(private readonly settings: OpenAiSettings) {
    this.url = endpointUrl(settings.url);
    this.timeoutMs = settings.timeoutMs ?? defaultTimeoutMs;
  }

  /** The answer's JSON text. */
  async post(input: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const { status, text } = await this.send(input, signal);
    if (status === 200) {
      return text;
    }
    if ((status === 400 || status === 422) && this.asksForBase64) {
      const plain = await this.send(input, signal, false);
      if (plain.status === 200) {
        this.asksForBase64 = false;
        return plain.text;
      }
    }
    throw new EmbeddingError(
      status === 429 || status >= 500 ? 'unavailable' : 'refused',
      `The embeddings server answered ${status}`,
    );
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async send(
    input: readonly string[],
    signal: AbortSignal | undefined,
    base64 = this.asksForBase64,
  ): Promise<{ status: number; text: string }> {
    const { model, dimensions, apiKey } = this.settings;
    const deadline = AbortSignal.timeout(this.timeoutMs);
    try {
      const response = await request(this.url, {
        method: 'POST',
        dispatcher: this.agent,
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        headers: { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
        body: JSON.stringify({ model, input, dimensions, encoding_format: base64 ? 'base64' : undefined }),
      });
      return { status: response.statusCode, text: await readBounded(response.body) };
    } catch (error) {
      signal?.throwIfAborted();
      throw describe(error, deadline.aborted);
    }
  }
}

function endpointUrl(url: string): string {
  const trimmed = url.replace(/\/+$/, '');
  if (!URL.canParse(trimmed)) {
    throw new EmbeddingError('refused', 'The URL of the embeddings server is none');
  }
  return `${/\/v\d+$/.test(trimmed) ? trimmed : `${trimmed}/v1`}/embeddings`;
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > longestAnswerBytes) {
      throw new EmbeddingError('invalid-answer', 'The embeddings server answers without end');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function describe(error: unknown, late: boolean): EmbeddingError {
  if (error instanceof EmbeddingError) {
    return error;
  }
  return late
    ? new EmbeddingError('timeout', 'The embeddings server did not answer in time')
    : new EmbeddingError('unavailable', 'The embeddings server cannot be reached', { cause: error });
}
