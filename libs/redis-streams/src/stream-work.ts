import { appendEntries, isUnknownScript } from './append-script.js';
import { frameField } from './bus-connections.js';
import type { FrameSeal } from './frame-seal.js';

/** Gets the entry's id, or the error when the entry was possibly or surely not written. */
export type AppendSettled = (error: Error | null, id?: string) => void;

interface Append {
  readonly text: string;
  readonly settled: AppendSettled;
}

export type StreamCommand = readonly [name: string, ...args: (string | number)[]];
export type StreamResult = readonly [Error | null, unknown];

export interface MailboxLimits {
  readonly ttlMs: number;
  readonly maxLength: number;
}

export interface WriteOptions {
  readonly seal: FrameSeal;
  /** Whether the mailbox's expiry is to be put off. */
  readonly renew: boolean;
  /** Whether the server has the script for many entries. */
  readonly scriptKnown: boolean;
}

const framesPerEntry = 512;
const charactersPerEntry = 512 * 1_024;
const maxQueuedFrames = 20_000;
const maxAttempts = 6;
/** From here on one script is cheaper than so many commands. */
const manyAppends = 3;
const appendsPerScript = 256;

/** What waits to be written to one stream. */
export class StreamWork {
  private appends: Append[] = [];
  private frames: string[] = [];
  private trimBelow?: string;
  private deletions: string[] = [];
  private attempts = 0;

  /** Set for mailboxes: they are bounded and expire. */
  constructor(
    readonly stream: string,
    readonly limits?: MailboxLimits,
  ) {}

  get attempt(): number {
    return this.attempts;
  }

  append(text: string, settled: AppendSettled): void {
    this.appends.push({ text, settled });
  }

  /** Frames of one turn share entries; the last ones are dropped when nothing can be written for long. */
  addFrame(frame: string): void {
    if (this.frames.length < maxQueuedFrames) this.frames.push(frame);
  }

  trim(below: string): void {
    this.trimBelow = below;
  }

  delete(id: string): void {
    this.deletions.push(id);
  }

  /** Appends come first, so that `settle` finds their results. */
  commands({ seal, renew, scriptKnown }: WriteOptions): StreamCommand[] {
    const { stream, limits } = this;
    const commands: StreamCommand[] = this.chunks().map((chunk) => {
      const texts = chunk.map(({ text }) => seal.seal(stream, text));
      return isOne(texts) ? ['xadd', stream, '*', frameField, texts[0]] : appendEntries(stream, texts, scriptKnown);
    });
    const limit = limits ? ['MAXLEN', '~', limits.maxLength] : [];
    for (const text of this.entries())
      commands.push(['xadd', stream, ...limit, '*', frameField, seal.seal(stream, text)]);
    if (renew && limits) commands.push(['pexpire', stream, limits.ttlMs]);
    if (this.trimBelow) commands.push(['xtrim', stream, 'MINID', this.trimBelow]);
    if (this.deletions.length > 0) commands.push(['xdel', stream, ...this.deletions]);
    return commands;
  }

  /**
   * Tells the appends their outcome. What comes back is to be written again after a pause: frames whose entry failed
   * (a mailbox's owner ignores second copies), and appends that surely were not written. No other append is repeated:
   * it would run twice.
   */
  settle(results: readonly StreamResult[]): StreamWork | undefined {
    const again = new StreamWork(this.stream, this.limits);
    again.attempts = this.attempts + 1;
    const chunks = this.chunks();
    chunks.forEach((chunk, index) => again.appends.push(...settleChunk(chunk, results[index])));
    if (results.slice(chunks.length).some(([error]) => error !== null)) again.frames = this.frames;
    const isEmpty = again.appends.length === 0 && again.frames.length === 0;
    if (isEmpty || again.attempts < maxAttempts) return isEmpty ? undefined : again;
    for (const { settled } of again.appends) settled(new Error('The server forgets scripts'));
    return undefined;
  }

  /** Everything that came meanwhile goes behind, so that frames keep their order. */
  absorb(later: StreamWork): void {
    this.appends.push(...later.appends);
    for (const frame of later.frames) this.addFrame(frame);
    this.trimBelow = later.trimBelow ?? this.trimBelow;
    this.deletions.push(...later.deletions);
  }

  private chunks(): Append[][] {
    const size = this.appends.length < manyAppends ? 1 : appendsPerScript;
    const chunks: Append[][] = [];
    for (let start = 0; start < this.appends.length; start += size)
      chunks.push(this.appends.slice(start, start + size));
    return chunks;
  }

  private *entries(): Generator<string> {
    let start = 0;
    let length = 0;
    for (let index = 0; index < this.frames.length; index++) {
      length += this.frames[index]?.length ?? 0;
      const next = this.frames[index + 1];
      const full = index + 1 - start >= framesPerEntry || length + (next?.length ?? 0) > charactersPerEntry;
      if (next !== undefined && !full) continue;
      yield `[${this.frames.slice(start, index + 1).join(',')}]`;
      start = index + 1;
      length = 0;
    }
  }
}

function isOne(texts: readonly string[]): texts is readonly [string] {
  return texts.length === 1;
}

/** The appends to be repeated: those of a script that the server did not know. */
function settleChunk(chunk: Append[], [error, reply]: StreamResult = [new Error('no result'), undefined]): Append[] {
  if (chunk.length > 1 && isUnknownScript(error)) return chunk;
  const ids = (chunk.length > 1 ? reply : [reply]) as string[] | undefined;
  chunk.forEach(({ settled }, index) => settled(error, ids?.[index]));
  return [];
}
