/** A class whose decorators (class-validator, Swagger) describe one message; the single source for client, server and docs. */
export type MessageClass<T extends object> = new () => T;

/** Carries a reply type through inference; it has no value at run time. */
export interface ReplyType<T> {
  readonly type?: T;
}

/** Names the type of a reply: `reply: replies<LookUpReply>()`. */
export function replies<T>(): ReplyType<T> {
  return {};
}

export interface RpcDefinition<Request extends object, Reply> {
  /** The service that answers; its replicas compete for the request. */
  readonly service: string;
  /** A verb: `lookUp`. */
  readonly name: string;
  readonly request: MessageClass<Request>;
  readonly reply: ReplyType<Reply>;
  /** Milliseconds until the caller gives up; 2 000 unless told. */
  readonly deadlineMs?: number;
  /** True when the handler returns an Observable: the reply then comes as several frames, with back-pressure. */
  readonly streamed?: boolean;
}

/** One question that a service answers: at most once, with a deadline. */
export interface RpcContract<Request extends object = object, Reply = unknown> extends RpcDefinition<Request, Reply> {
  readonly topic: string;
  readonly deadlineMs: number;
  readonly streamed: boolean;
}

export interface EventDefinition<Payload extends object> {
  /** Past tense: `keyRevoked`. */
  readonly name: string;
  readonly payload: MessageClass<Payload>;
}

/** One fact that services are told of: at least once, with retries and a dead letter. */
export interface EventContract<Payload extends object = object> extends EventDefinition<Payload> {
  readonly topic: string;
}

const defaultDeadlineMs = 2_000;

export function defineRpc<Request extends object, Reply>(
  definition: RpcDefinition<Request, Reply>,
): RpcContract<Request, Reply> {
  return {
    ...definition,
    topic: `${definition.service}.${definition.name}`,
    deadlineMs: definition.deadlineMs ?? defaultDeadlineMs,
    streamed: definition.streamed ?? false,
  };
}

export function defineEvent<Payload extends object>(definition: EventDefinition<Payload>): EventContract<Payload> {
  return { ...definition, topic: `events.${definition.name}` };
}
