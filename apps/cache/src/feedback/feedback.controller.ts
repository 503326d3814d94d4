import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { EntryPathDto } from '../cache-path.dto.js';
import { FeedbackDto } from './feedback.dto.js';
import { FeedbackService } from './feedback.service.js';

@ApiTags('caches')
@ApiBearerAuth()
@Controller('v1/caches/:cacheId/entries/:entryId')
export class FeedbackController {
  constructor(private readonly feedback: FeedbackService) {}

  @Post('feedback')
  @Roles('cache:feedback')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Tells whether an entry answered a prompt rightly',
    description: 'Holds at once on every replica. The entry is named by `x-larder-entry` of the answer.',
  })
  @ApiBody({
    type: FeedbackDto,
    examples: {
      wrong: { value: { prompt: 'How do I disable two-factor login?', correct: false } },
      right: { value: { prompt: 'How do I reset my router?', correct: true } },
    },
  })
  @ApiNoContentResponse()
  @ApiResponse({ status: 404, description: 'There is no such entry any more.' })
  async give(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId, entryId }: EntryPathDto,
    @Body(validation) feedback: FeedbackDto,
  ): Promise<void> {
    await this.feedback.give({ tenant, cacheId, entryId }, feedback);
  }
}
