import { isObservable, lastValueFrom } from 'rxjs';
import { ServiceError } from '#contracts';
import { backoffMs } from './backoff.js';
import { frameField, frameOf, type StreamEntry } from './bus-connections.js';
import { faults } from './call-faults.js';
import type { EventAttempts } from './event-attempts.js';
import type { EventPlace, SubscriptionParts } from './subscription-parts.js';
import { decodeEvent, type EventFrame } from './frames.js';
import type { HandlerExtras } from './handler-decorators.js';
import type { InFlight } from './in-flight.js';
import { validatePayload } from './payload-validation.js';
import { RpcContext } from './rpc-context.js';
import { eventOf } from './topics.js';

export interface EventRunnerParts extends SubscriptionParts, EventPlace {
  readonly inFlight: InFlight;
  readonly attempts: EventAttempts;
}

const deadLetterLength = 100_000;

/** Runs the handler of an event, awaits it, and then acknowledges, plans the next attempt, or writes a dead letter. */
export class EventRunner {
  constructor(private readonly parts: EventRunnerParts) {}

  start(entry: StreamEntry, attempt: number): void {
    this.parts.inFlight.enter();
    this.parts.attempts.started(entry[0]);
    void this.run(entry, attempt).finally(() => this.parts.inFlight.leave());
  }

  /** Moves an event out of the way; when Redis cannot take it now, the event stays pending and is tried again. */
  async deadLetter(entry: StreamEntry, attempt: number, reason: string): Promise<void> {
    const { bus, topic, attempts, stream, group } = this.parts;
    const target = bus.keys.deadLetter(eventOf(topic));
    const about = ['reason', reason, 'attempts', attempt, 'stream', stream, 'id', entry[0], 'group', group];
    try {
      const limit = ['MAXLEN', '~', deadLetterLength] as const;
      await bus.connections.command('bus').xadd(target, ...limit, '*', frameField, frameOf(entry) ?? '', ...about);
    } catch {
      return attempts.failed(entry[0], attempt, Date.now() + this.backoff(attempt));
    }
    bus.log.warn(`${topic} is a dead letter after ${attempt} attempts: ${reason.split(':')[0]}`);
    attempts.finished(entry[0]);
  }

  private async run(entry: StreamEntry, attempt: number): Promise<void> {
    const { bus, attempts, topic } = this.parts;
    const { maxAttempts } = bus.options.events;
    if (attempt > maxAttempts) return this.deadLetter(entry, attempt - 1, 'abandoned: no attempt ever ended');
    const sealed = frameOf(entry);
    const text = sealed === undefined ? undefined : bus.seal.open(this.parts.stream, sealed);
    const frame = text === undefined ? undefined : decodeEvent(text);
    if (frame?.topic !== topic) return this.deadLetter(entry, attempt, 'refused: not such an event, or not signed');
    try {
      await this.handle(frame, attempt);
      attempts.finished(entry[0]);
    } catch (fault) {
      const reason = reasonOf(fault);
      if (attempt >= maxAttempts || isHopeless(fault)) return this.deadLetter(entry, attempt, reason);
      if (attempt === 1) bus.log.warn(`A handler of ${topic} failed and is tried again: ${reason.split(':')[0]}`);
      attempts.failed(entry[0], attempt + 1, Date.now() + this.backoff(attempt));
    }
  }

  private async handle(frame: EventFrame, attempt: number): Promise<void> {
    const { bus, handler, topic, around } = this.parts;
    const contract = (handler.extras as HandlerExtras | undefined)?.event;
    const payload = contract ? validatePayload(contract.payload, frame.data) : frame.data;
    const deadline = Date.now() + bus.options.events.deadlineMs;
    const context = new RpcContext({ ...frame, deadline }, { id: frame.id, attempt });
    let expire = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      expire = () => {
        const fault = faults.deadline(topic);
        context.abort(fault);
        reject(fault);
      };
    });
    const timer = { deadline, expire };
    bus.wheel.add(timer);
    try {
      await Promise.race([late, around(context, () => settled(handler(payload, context)))]);
    } finally {
      bus.wheel.delete(timer);
    }
  }

  private backoff(attempt: number): number {
    const { backoffMs: first, maxBackoffMs } = this.parts.bus.options.events;
    return backoffMs(attempt, first, maxBackoffMs);
  }
}

/** Nest gives back a promise, of an Observable when several handlers listen or one failed. */
async function settled(outcome: unknown): Promise<void> {
  const value: unknown = await outcome;
  if (isObservable(value)) await lastValueFrom(value, { defaultValue: undefined });
}

/** A payload that breaks its contract breaks it in every attempt. */
function isHopeless(fault: unknown): boolean {
  return fault instanceof ServiceError && fault.code === 'invalid_request';
}

function reasonOf(fault: unknown): string {
  if (fault instanceof ServiceError) return `${fault.code}: ${fault.message}`;
  return fault instanceof Error ? `${fault.name}: ${fault.message}` : 'unknown: not an Error';
}
