import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { limitRules, LimitRulesRequest, type LimitRulesReply } from '#contracts';
import { RpcHandler } from '#redis-streams';
import { RuleDirectory } from './rule-directory.service.js';

/** Rules as gateways follow them; answered from memory. */
@ApiExcludeController()
@Controller()
export class RulesRpcController {
  constructor(private readonly directory: RuleDirectory) {}

  @RpcHandler(limitRules)
  limitRules(@Payload() { since }: LimitRulesRequest): LimitRulesReply {
    return this.directory.changesSince(since);
  }
}
