import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { PageQuery, Roles, validation } from '#service';
import { PolicyBody, PolicyDto, PolicyPageDto, PolicyPathDto } from './policy.dto.js';
import { PolicyService } from './policy.service.js';

/** Policies hold for the whole suite: everybody may read them, administrators change them. */
@ApiTags('limits')
@ApiBearerAuth()
@Controller('v1/limits/policies')
export class PolicyController {
  constructor(private readonly policies: PolicyService) {}

  @Get()
  @Roles('limits')
  @ApiOperation({ summary: 'Every policy, in the order of their names' })
  @ApiOkResponse({ type: PolicyPageDto })
  list(@Query(validation) query: PageQuery): PolicyPageDto {
    return this.policies.list(query);
  }

  @Get(':name')
  @Roles('limits')
  @ApiOperation({ summary: 'Show a policy' })
  @ApiOkResponse({ type: PolicyDto })
  @ApiNotFoundResponse()
  read(@Param(validation) { name }: PolicyPathDto): PolicyDto {
    return this.policies.read(name);
  }

  @Put(':name')
  @Roles('admin')
  @ApiOperation({ summary: 'Create or replace a policy; every replica follows within a second' })
  @ApiOkResponse({ type: PolicyDto })
  @ApiResponse({ status: 400, description: 'The policy has faults; all of them are listed.' })
  write(@Param(validation) { name }: PolicyPathDto, @Body(validation) body: PolicyBody): Promise<PolicyDto> {
    if ((body.name ?? name) !== name) {
      throw new ServiceError('invalid_request', 'name must be as in the path', { param: 'name' });
    }
    return this.policies.write({ ...body, name });
  }

  @Delete(':name')
  @Roles('admin')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a policy that is not assigned; what it replaced of the file or the presets holds again',
  })
  @ApiNoContentResponse()
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'It is assigned, or a preset, or of the configuration file.' })
  async remove(@Param(validation) { name }: PolicyPathDto): Promise<void> {
    await this.policies.remove(name);
  }
}
