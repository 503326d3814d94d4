import { Controller, Get, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Roles, validation } from '#service';
import { Asked, type AskedBy } from '../conversation/asked-by.js';
import { AskedQuery } from '../conversation/conversation.dto.js';
import { userScope } from '../user/user-scope.js';
import { ErasurePathDto, UserPathDto } from '../user/user.dto.js';
import { ErasureReceiptDto } from './erasure.dto.js';
import { ErasureService } from './erasure.service.js';

@ApiTags('users')
@ApiBearerAuth()
@ApiHeader({ name: 'x-larder-user', required: false, description: 'The user on whose behalf' })
@Roles('sessions')
@Controller('v1/users/:userId/erase')
export class ErasureController {
  constructor(private readonly erasures: ErasureService) {}

  @Post()
  @ApiOperation({ summary: 'Forgets a user everywhere: sessions, archive, cached answers, jobs' })
  @ApiOkResponse({ type: ErasureReceiptDto, description: 'Every service has answered' })
  @ApiAcceptedResponse({ type: ErasureReceiptDto, description: 'Some are at work: ask for the receipt again' })
  async erase(
    @Asked() asked: AskedBy,
    @Param(validation) { userId }: UserPathDto,
    @Query(validation) _: AskedQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ErasureReceiptDto> {
    const receipt = await this.erasures.erase(userScope(asked, userId));
    reply.code(receipt.status === 'final' ? HttpStatus.OK : HttpStatus.ACCEPTED);
    reply.header('location', `/v1/users/${encodeURIComponent(userId)}/erase/${receipt.erasureId}`);
    return receipt;
  }

  @Get(':erasureId')
  @ApiOperation({ summary: 'The receipt of an erasure; kept for a year' })
  @ApiOkResponse({ type: ErasureReceiptDto })
  @ApiNotFoundResponse()
  receipt(
    @Asked() asked: AskedBy,
    @Param(validation) { userId, erasureId }: ErasurePathDto,
    @Query(validation) _: AskedQuery,
  ): Promise<ErasureReceiptDto> {
    return this.erasures.receipt(userScope(asked, userId), erasureId);
  }
}
