import type { ReplyFrame, RequestFrame } from './frames.js';

/** How questions leave: the only thing in which the two dispatchers differ. */
export interface CallWire {
  /** The mailbox that replies come back to. */
  readonly mailbox: string;
  /** Sends the frame; `failed` is called at most once, when it surely or possibly did not arrive. */
  send(frame: RequestFrame, failed: (error: unknown) => void): Withdraw;
  /** Sends a credit or a cancellation to the mailbox of a handler that streams. */
  control(mailbox: string, frame: ReplyFrame): void;
}

/** Takes back a question that nobody waits for any more, if that is still possible. */
export type Withdraw = () => void;
