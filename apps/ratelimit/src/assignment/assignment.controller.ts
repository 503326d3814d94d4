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
import { Roles, validation } from '#service';
import { RulePathDto } from '../rules/rule-path.dto.js';
import { AssignmentBody, AssignmentDto, AssignmentPageDto, AssignmentQuery } from './assignment.dto.js';
import { AssignmentService } from './assignment.service.js';

/** For whom policies are; administrators only. */
@ApiTags('limits')
@ApiBearerAuth()
@Roles('admin')
@Controller('v1/limits/assignments')
export class AssignmentController {
  constructor(private readonly assignments: AssignmentService) {}

  @Post()
  @ApiOperation({ summary: 'Assign a policy to everybody, a tenant, a key or a user' })
  @ApiCreatedResponse({ type: AssignmentDto })
  create(@Body(validation) assignment: AssignmentBody): Promise<AssignmentDto> {
    return this.assignments.create(assignment);
  }

  @Get()
  @ApiOperation({ summary: 'List assignments, in the order of their ids' })
  @ApiOkResponse({ type: AssignmentPageDto })
  list(@Query(validation) query: AssignmentQuery): AssignmentPageDto {
    return this.assignments.list(query);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete an assignment; every replica follows within a second' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'It stands in the configuration file.' })
  async remove(@Param(validation) { id }: RulePathDto): Promise<void> {
    await this.assignments.remove(id);
  }
}
