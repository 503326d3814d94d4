import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  beginTurn,
  finishTurn,
  renewTurn,
  type BeginTurnReply,
  type BeginTurnRequest,
  type FinishTurnReply,
  type FinishTurnRequest,
  type TurnMember,
} from '#contracts';
import { RpcHandler } from '#redis-streams';
import { TurnService } from './turn.service.js';

@Controller()
export class TurnRpcController {
  constructor(private readonly turns: TurnService) {}

  @RpcHandler(beginTurn)
  begin(@Payload() request: BeginTurnRequest): Promise<BeginTurnReply> {
    return this.turns.begin(request);
  }

  @RpcHandler(renewTurn)
  renew(@Payload() member: TurnMember): Promise<{ held: boolean }> {
    return this.turns.renew(member);
  }

  @RpcHandler(finishTurn)
  finish(@Payload() request: FinishTurnRequest): Promise<FinishTurnReply> {
    return this.turns.finish(request);
  }
}
