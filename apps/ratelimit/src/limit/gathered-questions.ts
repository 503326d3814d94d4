import type { LimitDemand } from './limit-demand.js';
import { QuestionBatch, type TakeArguments, type TakeMode } from './question-batch.js';

/** How many limits one script is asked for: with all of them Redis is held for less than a millisecond. */
const mostLimits = 128;

interface OpenBatch {
  readonly questions: QuestionBatch;
  readonly reply: Promise<readonly number[]>;
  send(): void;
}

/** Where an answer will be found. */
export interface AwaitedAnswer {
  /** Numbers as `takeLimits` of take-limits.lua returns them, of all questions that went together; or the fault of their script. */
  readonly reply: Promise<readonly number[]>;
  /** Where this answer begins. */
  readonly at: number;
}

/**
 * Questions of one turn of the event loop go together, a script a slot: what a script costs by itself (the command, the
 * server's clock, reading the reply) they share. One that is alone leaves with the writes of its turn, as any command does.
 */
export class GatheredQuestions {
  private readonly open = new Map<string, OpenBatch>();

  constructor(private readonly send: (questions: TakeArguments) => Promise<readonly number[]>) {}

  /** @param slot that all keys lie in; the rest as of `QuestionBatch.add` */
  ask(
    slot: string,
    demands: readonly LimitDemand[],
    mode: TakeMode,
    keyOf: (demand: LimitDemand) => string,
    now: number,
  ): AwaitedAnswer {
    const batch = this.open.get(slot) ?? this.openBatch(slot);
    const at = batch.questions.add(demands, mode, keyOf, now);
    if (batch.questions.size >= mostLimits) {
      this.open.delete(slot);
      batch.send();
    }
    return { reply: batch.reply, at };
  }

  private openBatch(slot: string): OpenBatch {
    if (this.open.size === 0) setImmediate(this.sendAll);
    const questions = new QuestionBatch();
    let settle: (reply: Promise<readonly number[]>) => void;
    const reply = new Promise<readonly number[]>((resolve) => (settle = resolve));
    const batch = { questions, reply, send: () => settle(this.send(questions.arguments)) };
    this.open.set(slot, batch);
    return batch;
  }

  private readonly sendAll = (): void => {
    const batches = [...this.open.values()];
    this.open.clear();
    for (const batch of batches) batch.send();
  };
}
