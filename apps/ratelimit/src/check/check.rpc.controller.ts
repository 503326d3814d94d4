import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { checkLimits, CheckLimitsRequest, peekLimits, type LimitVerdict } from '#contracts';
import { RpcHandler } from '#redis-streams';
import { CheckService } from './check.service.js';

/** Checks as other services ask for them. */
@ApiExcludeController()
@Controller()
export class CheckRpcController {
  constructor(private readonly checks: CheckService) {}

  @RpcHandler(checkLimits)
  checkLimits(@Payload() request: CheckLimitsRequest): Promise<LimitVerdict> {
    return this.checks.check(request);
  }

  @RpcHandler(peekLimits)
  peekLimits(@Payload() request: CheckLimitsRequest): Promise<LimitVerdict> {
    return this.checks.peek(request);
  }
}
