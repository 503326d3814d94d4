import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  CancelReservationRequest,
  cancelReservation,
  reserveLimits,
  ReserveLimitsRequest,
  settleReservation,
  SettleReservationRequest,
  type ReserveLimitsReply,
  type SettleReservationReply,
} from '#contracts';
import { RpcHandler } from '#redis-streams';
import { ReservationService } from './reservation.service.js';
import { SettlementService } from './settlement.service.js';

/** Reservations as other services ask for them. */
@ApiExcludeController()
@Controller()
export class ReservationRpcController {
  constructor(
    private readonly reservations: ReservationService,
    private readonly settlement: SettlementService,
  ) {}

  @RpcHandler(reserveLimits)
  reserve(@Payload() request: ReserveLimitsRequest): Promise<ReserveLimitsReply> {
    return this.reservations.reserve(request);
  }

  @RpcHandler(settleReservation)
  settle(@Payload() { tenant, id, cost, estimated }: SettleReservationRequest): Promise<SettleReservationReply> {
    return this.settlement.settle({ tenant, id }, cost, estimated);
  }

  @RpcHandler(cancelReservation)
  async cancel(@Payload() { tenant, id }: CancelReservationRequest): Promise<{ cancelled: boolean }> {
    return { cancelled: await this.settlement.cancel({ tenant, id }) };
  }
}
