import { IsInt, IsOptional, IsString, Min } from 'class-validator';
import { defineEvent, defineRpc, replies } from '#contracts';

export class EchoRequest {
  @IsString()
  text: string;

  /** How long the handler takes. */
  @IsOptional()
  @IsInt()
  @Min(0)
  waitMs?: number;
}

export interface EchoReply {
  readonly text: string;
  readonly servedBy: string;
  readonly tenant?: string;
  readonly traceparent?: string;
  readonly caller: string;
}

export const echo = defineRpc({ service: 'echo', name: 'echo', request: EchoRequest, reply: replies<EchoReply>() });

export class FailRequest {
  @IsString()
  how: string;
}

export const fail = defineRpc({ service: 'echo', name: 'fail', request: FailRequest, reply: replies<null>() });

/** Nobody answers it, though the service is there. */
export const unanswered = defineRpc({
  service: 'echo',
  name: 'unanswered',
  request: FailRequest,
  reply: replies<null>(),
});

export class CountRequest {
  @IsInt()
  to: number;

  @IsOptional()
  @IsString()
  source?: string;
}

export const count = defineRpc({
  service: 'echo',
  name: 'count',
  request: CountRequest,
  reply: replies<number>(),
  streamed: true,
  deadlineMs: 5_000,
});

export class ThingHappened {
  @IsString()
  name: string;
}

export const thingHappened = defineEvent({ name: 'thingHappened', payload: ThingHappened });
