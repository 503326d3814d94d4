import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { RulePathDto } from '../rules/rule-path.dto.js';
import { BlockBody, BlockDto, BlockPageDto, BlockQuery } from './block.dto.js';
import { BlockService } from './block.service.js';

/** Who is refused everything; administrators only. */
@ApiTags('limits')
@ApiBearerAuth()
@Roles('admin')
@Controller('v1/limits/blocks')
export class BlockController {
  constructor(private readonly blocks: BlockService) {}

  @Post()
  @ApiOperation({ summary: 'Block a tenant, a key or a user; every replica follows within a second' })
  @ApiCreatedResponse({ type: BlockDto })
  create(@CurrentPrincipal() principal: Principal, @Body(validation) body: BlockBody): Promise<BlockDto> {
    const { tenant, key, user } = body;
    if (tenant === undefined && key === undefined && user === undefined) {
      throw new ServiceError('invalid_request', 'A tenant, a key or a user must be named', { param: 'tenant' });
    }
    return this.blocks.create(tenant ?? principal.tenant, body);
  }

  @Get()
  @ApiOperation({ summary: 'List the blocks that hold, in the order of their ids' })
  @ApiOkResponse({ type: BlockPageDto })
  list(@Query(validation) query: BlockQuery): BlockPageDto {
    return this.blocks.list(query);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Lift a block' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse()
  async lift(@Param(validation) { id }: RulePathDto): Promise<void> {
    await this.blocks.lift(id);
  }
}
