import { Controller, createParamDecorator, Get, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '#contracts';
import { Upstreams, type ModelCard } from '#llm';
import { CurrentPrincipal, Roles, type Principal } from '#service';

/** Listing must not hang on an upstream. Milliseconds. */
const listDeadlineMs = 5_000;

/** Model names may hold slashes (`meta-llama/Llama-3`), so the rest of the path is the name. */
const ModelName = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  return context.switchToHttp().getRequest<FastifyRequest<{ Params: { '*': string } }>>().params['*'];
});

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

  @Get('*')
  @Roles('chat')
  @ApiOperation({ summary: 'Retrieve one model' })
  @ApiParam({ name: 'path', description: 'Its name, slashes and all', example: 'gpt-4o' })
  async retrieve(@ModelName() name: string, @CurrentPrincipal() principal: Principal): Promise<ModelCard> {
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
