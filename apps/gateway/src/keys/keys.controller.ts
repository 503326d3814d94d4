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
import { Roles, validation } from '#service';
import { CreatedKey, CreateKeyRequest, KeyPage, ListKeysQuery } from './key.dto.js';
import { KeysService } from './keys.service.js';

/** API keys; administrators only. */
@ApiTags('keys')
@ApiBearerAuth()
@Roles('admin')
@Controller('v1/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @ApiOperation({ summary: 'Create a key; its secret is shown only now' })
  @ApiCreatedResponse({ type: CreatedKey })
  @Post()
  create(@Body(validation) request: CreateKeyRequest): Promise<CreatedKey> {
    return this.keys.create(request);
  }

  @ApiOperation({ summary: 'List keys, in the order of their last change' })
  @ApiOkResponse({ type: KeyPage })
  @Get()
  list(@Query(validation) query: ListKeysQuery): Promise<KeyPage> {
    return this.keys.list(query);
  }

  @ApiOperation({ summary: 'Revoke a key, everywhere within about a second' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse()
  @HttpCode(204)
  @Delete(':id')
  revoke(@Param('id') id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}
