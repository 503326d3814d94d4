import { CompletionAccumulator, encodeSse, type ChatCompletionChunk, type SseEvent } from '#llm';
import type { SpentSoFar, StreamFollower, Taken } from '../completion/dialect.js';

type ErrorOrChunk = ChatCompletionChunk & { readonly error?: { readonly message?: unknown } | null };

/** A live stream of chat.completion.chunk objects. Upstream was asked for usage; only who asked for it too gets to see it. */
export class ChatStream implements StreamFollower {
  private readonly gathered = new CompletionAccumulator();

  constructor(private readonly includeUsage: boolean) {}

  take({ data }: SseEvent): Taken {
    if (data.trim() === '[DONE]') return { ends: 'last' };
    const chunk = JSON.parse(data) as ErrorOrChunk;
    if (chunk.error) {
      const { message } = chunk.error;
      return { frame: encodeSse(data), ends: 'failed', ...(typeof message === 'string' && { message }) };
    }
    this.gathered.add(chunk);
    const visible = this.includeUsage ? data : withoutUsage(chunk, data);
    return visible === undefined ? {} : { frame: encodeSse(visible) };
  }

  whole(): string | undefined {
    return this.gathered.finished ? JSON.stringify(this.gathered.completion()) : undefined;
  }

  textSoFar(): string {
    const content = this.gathered.completion().choices[0]?.message.content;
    return typeof content === 'string' ? content : '';
  }

  spentSoFar(): SpentSoFar {
    const { choices, usage } = this.gathered.completion();
    const written = JSON.stringify(choices.map(({ message }) => message));
    return { writtenBytes: Buffer.byteLength(written), ...(usage && { usage }) };
  }

  brokenOff(message = 'The upstream broke off the answer.'): string {
    const error = { message, type: 'server_error', param: null, code: 'upstream_failed' };
    return encodeSse(JSON.stringify({ error }));
  }
}

/** The chunk that only carries usage is dropped, others lose the member. */
function withoutUsage(chunk: ChatCompletionChunk, data: string): string | undefined {
  if (!('usage' in chunk)) return data;
  if (chunk.usage && chunk.choices.length === 0) return undefined;
  return JSON.stringify({ ...chunk, usage: undefined });
}
