import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { SummaryWanted, summaryWanted } from '#contracts';
import { EventHandler } from '#redis-streams';
import { SummaryService } from './summary.service.js';

/** Summaries are written where there is time, by whichever replica takes the event. */
@ApiExcludeController()
@Controller()
export class SummaryRpcController {
  constructor(private readonly summaries: SummaryService) {}

  @EventHandler(summaryWanted)
  async write(@Payload() wanted: SummaryWanted): Promise<void> {
    await this.summaries.write(wanted);
  }
}
