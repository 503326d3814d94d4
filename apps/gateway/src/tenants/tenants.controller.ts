import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { PageQuery, Roles, validation } from '#service';
import { CreateTenantRequest, Tenant, TenantPage } from './tenant.dto.js';
import { TenantsService } from './tenants.service.js';

/** Who shares this suite; administrators only. */
@ApiTags('tenants')
@ApiBearerAuth()
@Roles('admin')
@Controller('v1/tenants')
export class TenantsController {
  constructor(private readonly tenants: TenantsService) {}

  @ApiOperation({ summary: 'Create a tenant' })
  @ApiCreatedResponse({ type: Tenant })
  @ApiConflictResponse({ description: 'The id is taken' })
  @Post()
  create(@Body(validation) request: CreateTenantRequest): Promise<Tenant> {
    return this.tenants.create(request);
  }

  @ApiOperation({ summary: 'List tenants, in the order of their ids' })
  @ApiOkResponse({ type: TenantPage })
  @Get()
  list(@Query(validation) query: PageQuery): Promise<TenantPage> {
    return this.tenants.list(query);
  }

  @ApiOperation({ summary: 'Show a tenant' })
  @ApiOkResponse({ type: Tenant })
  @ApiNotFoundResponse()
  @Get(':id')
  find(@Param('id') id: string): Promise<Tenant> {
    return this.tenants.find(id);
  }

  @ApiOperation({ summary: 'Delete a tenant that has no keys' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'It has keys, or is the default tenant' })
  @HttpCode(204)
  @Delete(':id')
  remove(@Param('id') id: string): Promise<void> {
    return this.tenants.remove(id);
  }
}
