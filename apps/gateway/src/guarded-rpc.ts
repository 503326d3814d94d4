import { ServiceError, type RpcContract } from '#contracts';
import type { RpcClient } from '#redis-streams';

/** Faults in a row by which a service counts as away. */
const faultsToLeave = 5;
/** How often one call asks a service that is away whether it is back. Milliseconds. */
const askAgainMs = 1_000;

function meansAway(fault: unknown): boolean {
  return fault instanceof ServiceError && fault.status >= 500;
}

/** Calls of one service that the gateway can do without: short deadlines, a circuit breaker, and one fault for "go on without". */
export class GuardedRpc {
  private faults = 0;
  private asksAgainAt = 0;

  /** `away` makes the fault that callers go on without the service by. */
  constructor(
    private readonly rpc: RpcClient,
    private readonly away: (cause: unknown) => Error,
  ) {}

  async call<Request extends { tenant?: string }, Reply>(
    contract: RpcContract<Request, Reply>,
    request: Request,
    deadlineMs = contract.deadlineMs,
    traceparent?: string,
  ): Promise<Reply> {
    if (!this.mayAsk()) throw this.away(undefined);
    const { tenant } = request;
    try {
      const reply = await this.rpc.call(contract, request, { deadlineMs, tenant, traceparent });
      this.faults = 0;
      return reply;
    } catch (fault) {
      if (!meansAway(fault)) {
        this.faults = 0;
        throw fault;
      }
      this.faults += 1;
      if (this.faults === faultsToLeave) this.asksAgainAt = Date.now() + askAgainMs;
      throw this.away(fault);
    }
  }

  /**
   * With the service away, one call in a second asks it anew and pays the deadline, and nobody waits for what comes of it, as
   * they would with cockatiel. (Faults of Redis are told at once by the bus.)
   */
  private mayAsk(): boolean {
    if (this.faults < faultsToLeave) return true;
    const now = Date.now();
    if (now < this.asksAgainAt) return false;
    this.asksAgainAt = now + askAgainMs;
    return true;
  }
}
