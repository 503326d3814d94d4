import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { RpcContext } from './rpc-context.js';

/** What both strategies have from Nest: its handlers and its processing hooks. */
export abstract class TransportServer extends Server implements CustomTransportStrategy {
  /** Faults of event handlers are ours to retry; Nest must neither log nor swallow them. */
  override readonly propagatesEventHandlerErrors = true;

  on(): void {
    throw new Error('The transport emits no events; TransportStatus tells how it is');
  }

  unwrap<T>(): T {
    throw new Error('The connections belong to RedisConnections');
  }

  private hooked = false;

  override setOnProcessingStartHook(...hook: Parameters<Server['setOnProcessingStartHook']>): void {
    this.hooked = true;
    super.setOnProcessingStartHook(...hook);
  }

  override setOnProcessingEndHook(...hook: Parameters<Server['setOnProcessingEndHook']>): void {
    this.hooked = true;
    super.setOnProcessingEndHook(...hook);
  }

  /** Runs work between Nest's hooks; settles as the work does. */
  protected around(context: RpcContext, work: () => Promise<void>): Promise<void> {
    if (!this.hooked) return work();
    return new Promise((resolve, reject) => {
      this.onProcessingStartHook(this.transportId as symbol, context, () =>
        work()
          .then(resolve, reject)
          .finally(() => this.onProcessingEndHook?.(this.transportId as symbol, context)),
      );
    });
  }
}
