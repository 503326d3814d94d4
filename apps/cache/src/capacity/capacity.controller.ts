import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles, validation } from '#service';
import { capacity } from './capacity.js';
import { CapacityDto, CapacityQueryDto } from './capacity.dto.js';

@ApiTags('planning')
@ApiBearerAuth()
@Controller('v1/capacity')
export class CapacityController {
  @Get()
  @Roles('cache:read')
  @ApiOperation({ summary: 'How much memory a cache of this size takes, in Redis and in the embedded index' })
  @ApiOkResponse({ type: CapacityDto })
  plan(@Query(validation) { dtype, replicas, ...sizes }: CapacityQueryDto): CapacityDto {
    return capacity({ ...sizes, dtype: dtype ?? 'float32', replicas: replicas ?? 1 });
  }
}
