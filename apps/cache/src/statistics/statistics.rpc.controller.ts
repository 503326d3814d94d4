import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { readStatistics, ReadStatisticsRequest, type CacheStatistics } from '#contracts';
import { RpcHandler } from '#redis-streams';
import { StatisticsService } from './statistics.service.js';

/** Statistics as other services ask for them. */
@ApiExcludeController()
@Controller()
export class StatisticsRpcController {
  constructor(private readonly statistics: StatisticsService) {}

  @RpcHandler(readStatistics)
  readStatistics(@Payload() request: ReadStatisticsRequest): Promise<CacheStatistics> {
    return this.statistics.read(request);
  }
}
