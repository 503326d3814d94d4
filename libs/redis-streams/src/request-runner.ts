import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { ServiceError } from '#contracts';
import { faults } from './call-faults.js';
import type { DeadlineWheel, Expirable } from '#redis-connection';
import { ReplyKind, type RequestFrame } from './frames.js';
import type { HandlerExtras } from './handler-decorators.js';
import { faultToWire } from './handler-faults.js';
import type { InFlight } from './in-flight.js';
import { Invocation, type ReplySink } from './invocation.js';
import { validatePayload } from './payload-validation.js';
import { isStream, sendStream } from './reply-streamer.js';
import { RpcContext } from './rpc-context.js';
import type { TransportLog } from './transport-log.js';

/** A handler that ignores its signal keeps its slot this long past the deadline, then the slot is given away. */
const abandonAfterMs = 1_000;

/** Runs work between Nest's processing hooks. */
export type Around = (context: RpcContext, work: () => Promise<void>) => Promise<void>;

export interface RunnerParts {
  readonly handlers: ReadonlyMap<string, MessageHandler>;
  readonly inFlight: InFlight;
  readonly wheel: DeadlineWheel;
  readonly log: TransportLog;
  /** The mailbox that takes credits for streamed replies. */
  readonly creditTo: () => string;
  readonly around: Around;
}

/** Runs the handler of each request at most once, within its deadline, and answers by one frame or by a stream of them. */
export class RequestRunner {
  private readonly running = new Map<string, Invocation>();
  /** Requests that came too late to be run. */
  expired = 0;

  constructor(
    private readonly parts: RunnerParts,
    private readonly reply: ReplySink,
  ) {}

  run(frame: RequestFrame): void {
    const { handlers, inFlight, wheel } = this.parts;
    if (frame.deadline <= Date.now()) {
      this.expired++;
      return;
    }
    const handler = handlers.get(frame.topic);
    if (!handler || handler.isEventHandler) {
      const fault = faults.noHandler(frame.topic).toWire();
      return this.reply(frame.replyTo, [frame.id, ReplyKind.error, fault]);
    }
    if (this.running.has(frame.id)) return;
    const invocation = new Invocation(frame, new RpcContext(frame), this.reply, this.expire);
    this.running.set(frame.id, invocation);
    inFlight.enter();
    wheel.add(invocation);
    void this.execute(handler, invocation);
  }

  grant(id: string, credits: number): void {
    if (Number.isInteger(credits) && credits > 0) this.running.get(id)?.grant(credits);
  }

  cancel(id: string): void {
    this.running.get(id)?.abort(new ServiceError('deadline_exceeded', 'The caller stopped listening'));
  }

  private async execute(handler: MessageHandler, invocation: Invocation): Promise<void> {
    try {
      await this.parts.around(invocation.context, () => this.answer(handler, invocation));
    } catch (fault) {
      this.refuse(fault, invocation);
    } finally {
      this.finish(invocation);
    }
  }

  private async answer(handler: MessageHandler, invocation: Invocation): Promise<void> {
    const { id, window, data } = invocation.frame;
    const contract = (handler.extras as HandlerExtras | undefined)?.rpc;
    const payload = contract ? validatePayload(contract.request, data) : data;
    const outcome: unknown = await handler(payload, invocation.context);
    if (window !== undefined && isStream(outcome)) return sendStream(outcome, invocation, this.parts.creditTo());
    const reply = isObservable(outcome) ? await lastValueFrom(outcome, { defaultValue: undefined }) : outcome;
    invocation.send([id, ReplyKind.result, reply]);
  }

  private refuse(fault: unknown, invocation: Invocation): void {
    if (invocation.context.isAborted) return;
    const { id, topic } = invocation.frame;
    invocation.send([id, ReplyKind.error, faultToWire(fault, topic, this.parts.log)]);
  }

  private readonly expire = (invocation: Invocation): void => {
    const { topic } = invocation.frame;
    invocation.abort(faults.deadline(topic));
    const abandoned: Expirable = {
      deadline: Date.now() + abandonAfterMs,
      expire: () => {
        if (this.finish(invocation)) {
          this.parts.log.warn(`A handler of ${topic} ignores its deadline; its slot is given away`);
        }
      },
    };
    this.parts.wheel.add(abandoned);
  };

  /** False when it has finished before. */
  private finish(invocation: Invocation): boolean {
    if (!this.running.delete(invocation.frame.id)) return false;
    this.parts.wheel.delete(invocation);
    this.parts.inFlight.leave();
    return true;
  }
}
