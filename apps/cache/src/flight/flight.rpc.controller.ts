import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  awaitFlight,
  finishFlight,
  FinishFlightRequest,
  FlightMember,
  renewFlight,
  type AwaitFlightReply,
} from '#contracts';
import { RpcContext, RpcHandler } from '#redis-streams';
import { FlightService } from './flight.service.js';

/** One question is answered within about a second, so that a dead caller is not waited for. */
const longestWaitMs = 1_000;
/** What the way back to the caller may take. */
const returnMs = 200;

/** Flights as other services ask for them. */
@ApiExcludeController()
@Controller()
export class FlightRpcController {
  constructor(private readonly flights: FlightService) {}

  @RpcHandler(awaitFlight)
  awaitFlight(@Payload() member: FlightMember, @Ctx() context: RpcContext): Promise<AwaitFlightReply> {
    const until = Math.min(Date.now() + longestWaitMs, context.deadline - returnMs);
    return this.flights.follow(member, until, context.signal);
  }

  @RpcHandler(renewFlight)
  async renewFlight(@Payload() member: FlightMember): Promise<{ held: boolean }> {
    return { held: await this.flights.renew(member) };
  }

  @RpcHandler(finishFlight)
  async finishFlight(@Payload() request: FinishFlightRequest): Promise<{ held: boolean }> {
    return { held: await this.flights.finish(request, request.outcome ?? undefined) };
  }
}
