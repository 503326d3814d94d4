import { Controller, Inject } from '@nestjs/common';
import { from, throwError, type Observable } from 'rxjs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '#contracts';
import { EventHandler, RpcContext, RpcHandler } from '#redis-streams';
import {
  count,
  echo,
  fail,
  thingHappened,
  type CountRequest,
  type EchoReply,
  type EchoRequest,
  type FailRequest,
  type ThingHappened,
} from './contracts.js';

/** What one service saw; the test looks at it and tells the event handler what to do. */
export class Journal {
  readonly requests: EchoRequest[] = [];
  readonly events: { readonly name: string; readonly id: string; readonly attempt: number }[] = [];
  readonly aborted: string[] = [];
  running = 0;
  mostRunning = 0;
  produced = 0;
  onEvent: (event: ThingHappened, context: RpcContext) => Promise<void> | void = () => undefined;

  constructor(readonly name: string) {}
}

export const journalToken = Symbol('journal');

@Controller()
export class EchoController {
  constructor(@Inject(journalToken) private readonly journal: Journal) {}

  @RpcHandler(echo)
  async echo(request: EchoRequest, context: RpcContext): Promise<EchoReply> {
    const { journal } = this;
    journal.requests.push(request);
    journal.mostRunning = Math.max(journal.mostRunning, ++journal.running);
    const { tenant, traceparent, caller } = context;
    if (request.waitMs) {
      context.signal.addEventListener('abort', () => journal.aborted.push(request.text));
      await sleep(request.waitMs);
    }
    journal.running--;
    return { text: request.text, servedBy: journal.name, tenant, traceparent, caller };
  }

  @RpcHandler(fail)
  async fail({ how }: FailRequest): Promise<null | Observable<null>> {
    switch (how) {
      case 'service-error':
        throw new ServiceError('conflict', 'Already there', { param: 'how', faults: ['already there'] });
      case 'unknown':
        throw new Error('secret prompt text');
      case 'observable':
        return throwError(() => new ServiceError('not_found', 'No such thing'));
      default:
        return null;
    }
  }

  @RpcHandler(count)
  count({ to, source }: CountRequest, context: RpcContext): AsyncIterable<number> | Observable<number> {
    if (source === 'observable') return from(Array.from({ length: to }, (_, index) => index));
    return this.numbers(to, source, context);
  }

  @EventHandler(thingHappened)
  async onThing(event: ThingHappened, context: RpcContext): Promise<void> {
    this.journal.events.push({ name: event.name, ...context.event! });
    await this.journal.onEvent(event, context);
  }

  private async *numbers(to: number, source: string | undefined, context: RpcContext): AsyncGenerator<number> {
    try {
      for (let number = 0; number < to; number++) {
        if (source === 'failing' && number === 3) throw new ServiceError('upstream_failed', 'Broke in the middle');
        this.journal.produced++;
        yield number;
      }
    } finally {
      if (context.isAborted) this.journal.aborted.push('count');
    }
  }
}
