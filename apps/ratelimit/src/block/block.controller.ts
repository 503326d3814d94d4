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
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { RulePathDto } from '../rules/page.dto.js';
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
    return this.blocks.create(body.tenant ?? principal.tenant, body);
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
