import type OpenAI from 'openai';

export type Chunk = OpenAI.ChatCompletionChunk;

export interface SseText {
  /** The JSON chunks, without the closing `[DONE]`. */
  readonly chunks: Chunk[];
  readonly comments: string[];
  /** Whether the last data line is `[DONE]`. */
  readonly done: boolean;
}

/** Reads a whole event stream strictly: only `data:` and comment lines, blank line after each event. */
export function readSseText(text: string): SseText {
  const chunks: Chunk[] = [];
  const comments: string[] = [];
  let done = false;
  for (const block of text.split('\n\n').filter((part) => part !== '')) {
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) comments.push(line.slice(1).trim());
      else if (!line.startsWith('data: ')) throw new Error(`not a line of an event stream: ${JSON.stringify(line)}`);
      else if (done) throw new Error('data after [DONE]');
      else if (line === 'data: [DONE]') done = true;
      else chunks.push(JSON.parse(line.slice(6)) as Chunk);
    }
  }
  if (!text.endsWith('\n\n')) throw new Error('the last event is not ended by a blank line');
  return { chunks, comments, done };
}

/** The text that the first choice of a stream spells. */
export function spelledText(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
}
