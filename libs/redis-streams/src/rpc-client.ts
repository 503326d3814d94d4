import type { RpcContract } from '#contracts';
import type { CallOptions } from './call-options.js';
import type { RpcDispatcher } from './rpc-dispatcher.js';

/** Calls another service by its contract; whether over Streams or in this process is the dispatcher's business. */
export class RpcClient {
  constructor(private readonly dispatcher: RpcDispatcher) {}

  /** At most once; always settles. Faults are ServiceErrors: `unavailable`, `deadline_exceeded`, or the handler's own. */
  call<Request extends object, Reply>(
    contract: RpcContract<Request, Reply>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Reply> {
    return this.dispatcher.call(contract, request, options) as Promise<Reply>;
  }

  /** A streamed reply; the handler is held back when the consumer is slow, and cancelled when it stops. */
  stream<Request extends object, Reply>(
    contract: RpcContract<Request, Reply>,
    request: Request,
    options: CallOptions = {},
  ): AsyncIterable<Reply> {
    return this.dispatcher.stream(contract, request, options) as AsyncIterable<Reply>;
  }
}
