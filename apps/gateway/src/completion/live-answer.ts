import { encodeSseComment, readSse } from '#llm';
import type { StreamWitness } from './completion-request.js';
import type { Dialect, RequestBody, SpentSoFar, StreamFollower, Taken } from './dialect.js';
import { FrameQueue } from './frame-queue.js';
import { errorOutcome, type Outcome } from './outcome.js';

/** What a client that does not read may leave waiting here, in characters; an ordinary answer fits many times. */
const waitingLimit = 4 * 1024 * 1024;

export interface LiveAnswerOptions {
  readonly dialect: Dialect;
  readonly body: RequestBody;
  /** The upstream's event stream. */
  readonly source: AsyncIterable<Buffer>;
  /** Runs once when the answer is whole or broke off, before the stream ends; its text becomes the closing comment. */
  readonly settle: (outcome: Outcome | undefined, spent: () => SpentSoFar) => Promise<string | undefined>;
  readonly witness?: StreamWitness;
}

/** An answer that streams through: to the client as it comes, and gathered whole for the cache and the followers. */
export class LiveAnswer {
  readonly frames: FrameQueue = new FrameQueue(waitingLimit);
  /** Why upstream's stream came to nothing before its first event: the client may still be told by a status. Never rejects. */
  readonly failedBeforeBegun: Promise<Outcome | undefined>;
  /** Settles when upstream has ended; undefined when it broke off. Never rejects. */
  readonly outcome: Promise<Outcome | undefined>;
  private readonly follower: StreamFollower;
  private hasBegun = false;
  private tellBegun!: (failure: Outcome | undefined) => void;

  constructor(private readonly options: LiveAnswerOptions) {
    this.follower = options.dialect.follow(options.body);
    this.failedBeforeBegun = new Promise((resolve) => (this.tellBegun = resolve));
    this.outcome = this.run();
  }

  private async run(): Promise<Outcome | undefined> {
    const { settle } = this.options;
    const end = await this.relay();
    const outcome = this.hasBegun ? this.whole(end) : failure(end);
    const comment = await settle(outcome, () => this.follower.spentSoFar());
    // Only now may a failure be answered: who asks again must not board a flight that is over.
    this.tellBegun(outcome);
    const objection = await this.objection(outcome);
    if (comment) await this.frames.push(encodeSseComment(comment));
    await this.frames.push(objection ? this.follower.brokenOff(objection) : this.lastFrame(end, outcome));
    this.frames.close();
    return objection ? undefined : outcome;
  }

  /** Only of an answer that is whole: of any other the client is told anyway. */
  private async objection(outcome: Outcome | undefined): Promise<string | undefined> {
    if (!this.hasBegun) return undefined;
    const objection = await this.options.witness?.ended(outcome);
    return outcome && objection;
  }

  private lastFrame(end: Taken | undefined, outcome: Outcome | undefined): string {
    // Some servers never say why they finished: what they end properly is not kept, but it is no fault either.
    const isEnded = outcome !== undefined || end?.ends === 'last';
    return end?.frame ?? (isEnded ? this.options.dialect.closing : this.follower.brokenOff());
  }

  private whole(end: Taken | undefined): Outcome | undefined {
    const body = end?.ends === 'failed' ? undefined : this.follower.whole();
    return body === undefined ? undefined : { status: 200, body, headers: {} };
  }

  /**
   * Relays until the stream ends. Its last frame is held back: who has read it may ask again at once, and is to find the
   * answer stored.
   * @returns how upstream ended the stream; undefined when it did not say.
   */
  private async relay(): Promise<Taken | undefined> {
    try {
      for await (const event of readSse(this.options.source)) {
        const taken = this.follower.take(event);
        if (taken.ends !== 'failed') this.begin();
        if (taken.ends) return taken;
        if (taken.frame !== undefined) await this.frames.push(taken.frame);
      }
    } catch {
      // Upstream closed the connection, fell silent, was aborted or made no sense; the client is told when that is known.
      return { ends: 'failed' };
    }
    return undefined;
  }

  private begin(): void {
    if (!this.hasBegun) this.options.witness?.begun(() => this.follower.textSoFar());
    this.hasBegun = true;
    this.tellBegun(undefined);
  }
}

function failure(end: Taken | undefined): Outcome {
  const message = end?.message ?? 'The upstream broke off the answer.';
  return errorOutcome(502, { message, type: 'server_error', code: 'upstream_failed' });
}
