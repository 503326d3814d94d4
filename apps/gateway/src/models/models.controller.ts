import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { Upstreams, type ModelCard } from '#llm';
import { CurrentPrincipal, Roles, type Principal } from '#service';

/** Listing must not hang on an upstream. Milliseconds. */
const listDeadlineMs = 5_000;

@ApiTags('OpenAI')
@ApiBearerAuth()
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly upstreams: Upstreams) {}

  @Get()
  @Roles('chat')
  @ApiOperation({ summary: 'List the models of all upstreams' })
  async list(@CurrentPrincipal() principal: Principal): Promise<{ object: 'list'; data: ModelCard[] }> {
    return { object: 'list', data: await this.cards(principal) };
  }

  /** Model names may hold slashes (`meta-llama/Llama-3`), so the rest of the path is the name. */
  @Get('*')
  @Roles('chat')
  @ApiOperation({ summary: 'Retrieve one model' })
  async retrieve(@Param('*') name: string, @CurrentPrincipal() principal: Principal): Promise<ModelCard> {
    const card = (await this.cards(principal)).find(({ id }) => id === name);
    if (card) return card;
    throw new ServiceError('not_found', `The model '${name}' does not exist.`, {
      param: 'model',
      reason: 'model_not_found',
    });
  }

  private cards({ upstreamAuthorization }: Principal): Promise<ModelCard[]> {
    return this.upstreams.listModels(AbortSignal.timeout(listDeadlineMs), upstreamAuthorization);
  }
}
