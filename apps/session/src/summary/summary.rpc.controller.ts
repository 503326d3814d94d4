import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  summariseSession,
  SummaryWanted,
  summaryWanted,
  type SummariseSessionReply,
  type SummariseSessionRequest,
} from '#contracts';
import { EventHandler, RpcHandler } from '#redis-streams';
import { SummaryService } from './summary.service.js';
import { WantedSummaryService } from './wanted-summary.service.js';

/** Summaries are written where there is time, by whichever replica takes the event. */
@ApiExcludeController()
@Controller()
export class SummaryRpcController {
  constructor(
    private readonly summaries: SummaryService,
    private readonly wanted: WantedSummaryService,
  ) {}

  @EventHandler(summaryWanted)
  async write(@Payload() wanted: SummaryWanted): Promise<void> {
    await this.summaries.write(wanted);
  }

  @RpcHandler(summariseSession)
  summarise(@Payload() request: SummariseSessionRequest): Promise<SummariseSessionReply> {
    return this.wanted.step(request);
  }
}
