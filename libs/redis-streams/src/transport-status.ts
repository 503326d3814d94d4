import type { RpcDispatcher } from './rpc-dispatcher.js';
import type { StreamsBus } from './streams-bus.js';
import type { StreamsServer } from './streams-server.js';
import type { TransportSnapshot, TransportState } from './transport-snapshot.js';

/** The transport as health checks and metrics see it: "connected" is not enough, the readers must come round. */
export class TransportStatus {
  constructor(
    private readonly bus: StreamsBus,
    private readonly server: StreamsServer,
    private readonly dispatcher: RpcDispatcher,
  ) {}

  snapshot(): TransportSnapshot {
    const { requests, subscriptions, inFlight } = this.server;
    return {
      status: this.state(),
      outstanding: this.dispatcher.outstanding,
      expired: this.server.expired,
      refusedReplies: this.bus.mailbox.refused,
      services: requests.map(({ stream, backlog, refused }) => ({
        stream,
        backlog,
        refused,
        inFlight: inFlight.count,
      })),
      events: subscriptions.map(({ status }) => status),
    };
  }

  private state(): TransportState {
    if (this.server.isClosed) return 'closed';
    const loops = [...this.server.requests, ...this.server.subscriptions].map(({ loop }) => loop);
    if (!this.server.isListening || loops.some((loop) => !loop.hasConsumed)) return 'starting';
    return this.bus.mailbox.isHealthy && loops.every((loop) => loop.isConsuming) ? 'consuming' : 'stalled';
  }
}
