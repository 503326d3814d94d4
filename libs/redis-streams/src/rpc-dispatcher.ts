import type { RpcContract } from '#contracts';
import type { CallOptions } from './call-options.js';

/** The two ways to a handler: over Redis Streams, or within this process. */
export interface RpcDispatcher {
  /** Calls that wait for a reply. */
  readonly outstanding: number;
  call(contract: RpcContract, request: object, options: CallOptions): Promise<unknown>;
  stream(contract: RpcContract, request: object, options: CallOptions): AsyncIterable<unknown>;
}
