import type { Expirable } from '#redis-connection';
import type { ReplyFrame, RequestFrame } from './frames.js';
import type { RpcContext } from './rpc-context.js';

/** Takes reply frames to the mailbox that a request names. */
export type ReplySink = (mailbox: string, frame: ReplyFrame) => void;

/** One handler at work: its deadline, its credits when it streams, and its way to answer. */
export class Invocation implements Expirable {
  readonly deadline: number;
  private credits: number;
  private aborted?: Error;
  private wake?: () => void;
  private rejectWork?: (error: Error) => void;

  constructor(
    readonly frame: RequestFrame,
    readonly context: RpcContext,
    private readonly reply: ReplySink,
    private readonly onExpire: (invocation: Invocation) => void,
  ) {
    this.deadline = frame.deadline;
    this.credits = frame.window ?? 0;
  }

  /** Answers, unless the caller has stopped listening. */
  send(frame: ReplyFrame): void {
    if (!this.aborted) this.reply(this.frame.replyTo, frame);
  }

  grant(credits: number): void {
    this.credits += credits;
    this.wake?.();
  }

  async credit(): Promise<void> {
    while (this.credits <= 0) await this.orAborted(new Promise<void>((resolve) => (this.wake = resolve)));
    this.credits--;
  }

  /** The work's outcome, or the abort if that comes first. One work at a time. */
  orAborted<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.rejectWork = reject;
      work.then(resolve, reject);
      if (this.aborted) reject(this.aborted);
    });
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = reason;
    this.context.abort(reason);
    this.rejectWork?.(reason);
  }

  expire(): void {
    this.onExpire(this);
  }
}
