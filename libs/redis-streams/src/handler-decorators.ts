import { UseFilters } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { PARAM_ARGS_METADATA } from '@nestjs/microservices/constants.js';
import { RpcParamtype } from '@nestjs/microservices/enums/rpc-paramtype.enum.js';
import type { EventContract, RpcContract } from '#contracts';
import { OriginalErrorFilter } from './original-error.filter.js';

/** What the decorators leave at a handler, for the server to validate payloads and to name streams. */
export interface HandlerExtras {
  readonly rpc?: RpcContract;
  readonly event?: EventContract;
  readonly group?: string;
}

/**
 * Serves one RPC: `handler(payload, context: RpcContext)`. The payload is validated against the contract's request class
 * before the handler runs; faults of the handler cross as ServiceErrors.
 */
export function RpcHandler<Request extends object, Reply>(contract: RpcContract<Request, Reply>): MethodDecorator {
  const extras: HandlerExtras = { rpc: contract };
  return both(MessagePattern(contract.topic, undefined, { ...extras }));
}

/** Subscribes to an event; `group` (the service's name unless told) gets each event once, its replicas compete. */
export function EventHandler<Payload extends object>(
  event: EventContract<Payload>,
  options: { readonly group?: string } = {},
): MethodDecorator {
  const extras: HandlerExtras = { event, group: options.group };
  return both(EventPattern(event.topic, undefined, { ...extras }));
}

function both(pattern: MethodDecorator): MethodDecorator {
  return (target, key, descriptor) => {
    UseFilters(OriginalErrorFilter)(target, key, descriptor);
    passInOrder(target.constructor, key);
    return pattern(target, key, descriptor);
  };
}

interface ParameterMetadata {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes: readonly unknown[];
}

/**
 * Handlers take (payload, context), which is what the transport calls them with. Nest would fetch each parameter by a
 * promise of its own; told that there is none to fetch, it passes on what it got.
 */
function passInOrder(controller: object, key: string | symbol): void {
  const declared = Reflect.getMetadata(PARAM_ARGS_METADATA, controller, key) as typeof inOrder | undefined;
  const isInOrder = Object.entries(declared ?? {}).every(
    ([name, { index, data, pipes }]) => inOrder[name]?.index === index && data === undefined && pipes.length === 0,
  );
  if (isInOrder) Reflect.defineMetadata(PARAM_ARGS_METADATA, {}, controller, key);
}

/** `@Payload()` first, `@Ctx()` second, as Nest keeps them. */
const inOrder: Readonly<Record<string, ParameterMetadata>> = {
  [`${RpcParamtype.PAYLOAD}:0`]: { index: 0, pipes: [] },
  [`${RpcParamtype.CONTEXT}:1`]: { index: 1, pipes: [] },
};
