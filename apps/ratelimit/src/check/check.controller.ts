import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { CheckLimitsRequest } from '#contracts';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { isAdministrator } from '../reached-tenant.js';
import { questionOf } from './asked-question.js';
import { CheckBody, QuestionBody, UsageQuery, VerdictDto } from './check.dto.js';
import { CheckService } from './check.service.js';

/** Asks the limits. A denial is an answer, not an error. */
@ApiTags('limits')
@ApiBearerAuth()
@Controller('v1/limits')
export class CheckController {
  constructor(private readonly checks: CheckService) {}

  @Post('check')
  @Roles('limits')
  @HttpCode(200)
  @ApiOperation({ summary: 'Takes the cost from every limit, or from none' })
  @ApiOkResponse({ type: VerdictDto })
  @ApiNotFoundResponse({ description: 'There is no such policy.' })
  check(@CurrentPrincipal() principal: Principal, @Body(validation) body: CheckBody): Promise<VerdictDto> {
    return this.checks.check(requestOf(principal, body), { looksAtGlobal: !isAdministrator(principal) });
  }

  @Post('peek')
  @Roles('limits')
  @HttpCode(200)
  @ApiOperation({ summary: 'As check, and takes nothing' })
  @ApiOkResponse({ type: VerdictDto })
  @ApiNotFoundResponse({ description: 'There is no such policy.' })
  peek(@CurrentPrincipal() principal: Principal, @Body(validation) body: CheckBody): Promise<VerdictDto> {
    return this.checks.peek(requestOf(principal, body));
  }

  @Get('usage')
  @Roles('limits')
  @ApiOperation({ summary: 'Where the limits of a subject stand' })
  @ApiOkResponse({ type: VerdictDto })
  @ApiNotFoundResponse({ description: 'There is no such policy.' })
  usage(@CurrentPrincipal() principal: Principal, @Query(validation) query: UsageQuery): Promise<VerdictDto> {
    const { tenant, policy, ...subject } = query;
    return this.checks.usage(questionOf(principal, { tenant, policy, subject }));
  }

  @Post('reset')
  @Roles('admin')
  @HttpCode(200)
  @ApiOperation({ summary: 'Forgets what the limits of a subject have counted' })
  @ApiOkResponse({ type: VerdictDto, description: 'Where they stand now.' })
  @ApiNotFoundResponse({ description: 'There is no such policy.' })
  reset(@CurrentPrincipal() principal: Principal, @Body(validation) body: QuestionBody): Promise<VerdictDto> {
    return this.checks.reset(questionOf(principal, body));
  }
}

function requestOf(principal: Principal, { cost = { requests: 1 }, ...question }: CheckBody): CheckLimitsRequest {
  return { ...questionOf(principal, question), cost };
}
