import { circuitBreaker, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel';
import { ServiceError, type RpcContract } from '#contracts';
import type { RpcClient } from '#redis-streams';

function meansAway(fault: unknown): boolean {
  return fault instanceof ServiceError && fault.status >= 500;
}

/** Calls of one service that the gateway can do without: short deadlines, a circuit breaker, and one fault for "go on without". */
export class GuardedRpc {
  // With the whole service gone, one request in a second pays the deadline; Redis faults are told at once by the bus.
  private readonly breaker = circuitBreaker(handleWhen(meansAway), {
    halfOpenAfter: 1_000,
    breaker: new ConsecutiveBreaker(5),
  });

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
    const { tenant } = request;
    const options = { deadlineMs, ...(tenant !== undefined && { tenant }), ...(traceparent && { traceparent }) };
    try {
      return await this.breaker.execute(() => this.rpc.call(contract, request, options));
    } catch (fault) {
      if (isBrokenCircuitError(fault) || meansAway(fault)) throw this.away(fault);
      throw fault;
    }
  }
}
