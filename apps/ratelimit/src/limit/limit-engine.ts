import { Injectable } from '@nestjs/common';
import { ServiceError, type LimitState } from '#contracts';
import { RememberedDenials } from '#limits';
import { algorithmOf } from './algorithm-of.js';
import { chargesText, recordedCharges } from './charge-record.js';
import { fromRedis, redisFault } from '../ratelimit.errors.js';
import { isGlobal } from './counted-limit.js';
import { GatheredQuestions, type AwaitedAnswer } from './gathered-questions.js';
import type { LimitChange, LimitCharge, LimitDemand, LimitOutcome, TakeOptions } from './limit-demand.js';
import { LimitRepository, type LimitArguments } from './limit.repository.js';
import { changedState, measuredLimits, threeNumbers, type MeasuredLimit } from './measured-limit.js';
import { chargesOf, TakenOutcome, untakenOutcome } from './measured-limit.js';
import { QuestionBatch, type TakeArguments, type TakeMode } from './question-batch.js';
import { RedisClock } from './redis-clock.js';

export { isGlobal } from './counted-limit.js';
export type { LimitChange, LimitCharge, LimitDemand, LimitOutcome, TakeOptions } from './limit-demand.js';
export type { LimitArguments } from './limit.repository.js';
export type { TakeArguments } from './question-batch.js';

/**
 * Sends a script that asks `takeLimits` this one question, and returns what it returned. May be called twice: a script whose
 * answer is -1 (stale) must write nothing. `global` was charged before, in another slot, and is given back when the script
 * denies or fails.
 */
export type SendTake = (tenant: TakeArguments, global: readonly LimitCharge[]) => Promise<readonly number[]>;

interface Answer {
  readonly allowed: boolean;
  /** In the order of the demands. */
  readonly measured: readonly MeasuredLimit[];
}

const nothing: LimitOutcome = { allowed: true, limits: [], charges: [] };
const stale = -1;
/** No tenant has this name. */
const globalSlot = '{global}';

/**
 * Takes from many limits at once, or from none. All limits of a tenant are one script and one round trip; limits whose scope
 * contains `global` lie in a slot of their own, are taken first and given back when the tenant's deny.
 * Every method fails with `ServiceError('unavailable')` while Redis is away.
 */
@Injectable()
export class LimitEngine {
  private readonly clock = new RedisClock();
  private readonly denials = new RememberedDenials<LimitOutcome>();
  private readonly questions: GatheredQuestions;

  constructor(private readonly repository: LimitRepository) {
    this.questions = new GatheredQuestions((questions) => repository.take(questions));
  }

  async take(tenant: string, demands: readonly LimitDemand[], options: TakeOptions = {}): Promise<LimitOutcome> {
    if (demands.length === 0) return nothing;
    const take = async () => outcomeOf(await this.takeAll(tenant, demands, options));
    return options.rememberDenials ? this.denials.findOr(demands, take) : take();
  }

  /** As `take`, by a script of the caller's that records the charges in the same slot. */
  async takeBy(
    tenant: string,
    demands: readonly LimitDemand[],
    send: SendTake,
    options: TakeOptions = {},
  ): Promise<LimitOutcome> {
    return outcomeOf(await this.takeAll(tenant, demands, options, send));
  }

  /** As `take`, and takes nothing. */
  async peek(tenant: string, demands: readonly LimitDemand[]): Promise<LimitOutcome> {
    const parts = parted(demands).filter((part) => part.length > 0);
    const answers = await Promise.all(parts.map((part) => this.ask(tenant, part, 'peek')));
    const allowed = answers.every((answer) => answer.allowed);
    return untakenOutcome(allowed, inOrder(demands, ...answers));
  }

  /** For the record of a script given to `takeBy`: the tenant's own demands as JSON text. */
  chargesText(demands: readonly LimitDemand[]): string {
    return chargesText(demands);
  }

  /** What was charged by such a script. @param numbers what `numbersText` made of the reply of `takeLimits` */
  recordedCharges(text: string, numbers: string): LimitCharge[] {
    return recordedCharges(text, numbers);
  }

  /**
   * Changes charges in the windows that they were made in; those that are over are left alone. Not idempotent: see
   * `changeArguments` for a script that does it once. @returns the limits' states afterwards, in the order of the changes.
   */
  async change(tenant: string, changes: readonly LimitChange[]): Promise<readonly LimitState[]> {
    const states = new Map<LimitChange, LimitState>();
    const run = async (part: readonly LimitChange[]) => {
      const numbers = await fromRedis(() => this.repository.change(this.changeArguments(tenant, part)));
      this.changedStates(part, numbers).forEach((state, index) => states.set(part[index]!, state));
    };
    const own = changes.filter(({ charge }) => !isGlobal(charge.limit));
    const global = changes.filter(({ charge }) => isGlobal(charge.limit));
    await Promise.all([own, global].filter((part) => part.length > 0).map(run));
    return changes.map((change) => states.get(change)!);
  }

  /** For a script of the caller's: arguments of `changeLimits`. Only for charges of one slot; `isGlobal` tells the other. */
  changeArguments(tenant: string, changes: readonly LimitChange[]): LimitArguments {
    const keys = changes.map(({ charge: { policy, limit, place } }) =>
      this.repository.key(tenant, policy, limit, place),
    );
    const args = changes.map(({ charge: { limit, slot, cost: from }, cost: to }) =>
      algorithmOf(limit).changeArguments(threeNumbers(slot, 0), from, to),
    );
    return { keys, args: [changes.length, ...args.flat()] };
  }

  /** What `changeLimits` returned, as states. */
  changedStates(changes: readonly LimitChange[], numbers: readonly number[]): readonly LimitState[] {
    const now = numbers[0]!;
    return changes.map(({ charge }, index) => changedState(charge, threeNumbers(numbers, 1 + 3 * index), now));
  }

  /** Forgets what was counted. */
  async reset(tenant: string, demands: readonly LimitDemand[]): Promise<void> {
    const parts = parted(demands).filter((part) => part.length > 0);
    const keys = parts.map((part) => part.map((demand) => this.repository.keyOf(tenant, demand)));
    await fromRedis(() => Promise.all(keys.map((slot) => this.repository.forget(slot))));
    this.denials.forget();
  }

  private takeAll(
    tenant: string,
    demands: readonly LimitDemand[],
    { looksAtGlobal = false }: TakeOptions,
    send?: SendTake,
  ): Promise<Answer> {
    const hasGlobal = demands.some(({ effective }) => isGlobal(effective.limit));
    if (!hasGlobal) return this.ask(tenant, demands, 'take', send);
    return this.takeBoth(tenant, demands, looksAtGlobal ? 'peek' : 'take', send);
  }

  private async takeBoth(
    tenant: string,
    demands: readonly LimitDemand[],
    globalMode: TakeMode,
    send?: SendTake,
  ): Promise<Answer> {
    const [own, global] = parted(demands);
    const shared = await this.ask(tenant, global, globalMode);
    if (own.length === 0 && !send) return shared;
    const charges = shared.allowed && globalMode === 'take' ? chargesOf(shared.measured) : [];
    const mode = shared.allowed ? 'take' : 'deny';
    const answer = await this.ask(tenant, own, mode, send, charges).catch(async (fault: unknown) => {
      await this.giveBack(tenant, shared);
      throw fault;
    });
    if (answer.allowed) return { allowed: true, measured: inOrder(demands, shared, answer) };
    return { allowed: false, measured: inOrder(demands, await this.giveBack(tenant, shared), answer) };
  }

  /** What cannot be given back now stays counted until its window ends: fewer are admitted, never more. */
  private async giveBack(tenant: string, { measured }: Answer): Promise<Answer> {
    const charged = measured.filter((each) => each.charged);
    if (charged.length === 0) return { allowed: false, measured };
    const changes = new TakenOutcome(charged).charges.map((charge) => ({ charge, cost: 0 }));
    const numbers = await this.repository.change(this.changeArguments(tenant, changes)).catch(() => undefined);
    const after = (each: MeasuredLimit): MeasuredLimit => {
      const index = charged.indexOf(each);
      if (index < 0 || !numbers) return { ...each, charged: false };
      return { ...each, charged: false, now: numbers[0]!, numbers: threeNumbers(numbers, 1 + 3 * index) };
    };
    return { allowed: false, measured: measured.map(after) };
  }

  /** Once more when the server's calendar was another: it has told its time. All demands lie in one slot. */
  private async ask(
    tenant: string,
    demands: readonly LimitDemand[],
    mode: TakeMode,
    send?: SendTake,
    global: readonly LimitCharge[] = [],
  ): Promise<Answer> {
    const asking = () =>
      send ? this.alone(tenant, demands, mode, send, global) : this.together(tenant, demands, mode);
    try {
      let { reply, at } = asking();
      let numbers = await reply;
      if (numbers[at] === stale) {
        this.clock.learn(numbers[0]!);
        ({ reply, at } = asking());
        numbers = await reply;
      }
      if (numbers[at] === stale)
        throw new ServiceError('internal', 'The Redis server and this one disagree on the time.');
      return { allowed: numbers[at] === 1, measured: measuredLimits(demands, numbers, at) };
    } catch (fault) {
      throw redisFault(fault);
    }
  }

  private together(tenant: string, demands: readonly LimitDemand[], mode: TakeMode): AwaitedAnswer {
    const slot = demands.some(({ effective }) => isGlobal(effective.limit)) ? globalSlot : tenant;
    return this.questions.ask(slot, demands, mode, (demand) => this.repository.keyOf(tenant, demand), this.clock.now());
  }

  private alone(
    tenant: string,
    demands: readonly LimitDemand[],
    mode: TakeMode,
    send: SendTake,
    global: readonly LimitCharge[],
  ): AwaitedAnswer {
    const question = new QuestionBatch();
    const at = question.add(demands, mode, (demand) => this.repository.keyOf(tenant, demand), this.clock.now());
    return { reply: send(question.arguments, global), at };
  }
}

/** The tenant's own, and the global ones. */
function parted(demands: readonly LimitDemand[]): [own: readonly LimitDemand[], global: readonly LimitDemand[]] {
  const global = demands.filter(({ effective }) => isGlobal(effective.limit));
  if (global.length === 0) return [demands, global];
  return [demands.filter(({ effective }) => !isGlobal(effective.limit)), global];
}

function inOrder(demands: readonly LimitDemand[], ...answers: readonly Answer[]): MeasuredLimit[] {
  if (answers.length === 1) return [...answers[0]!.measured];
  const byDemand = new Map(answers.flatMap(({ measured }) => measured).map((each) => [each.demand, each]));
  return demands.map((demand) => byDemand.get(demand)!);
}

function outcomeOf({ allowed, measured }: Answer): LimitOutcome {
  return allowed ? new TakenOutcome(measured) : untakenOutcome(false, measured);
}
