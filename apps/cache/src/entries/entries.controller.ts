import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { CachePathDto, EntryPathDto } from '../cache-path.dto.js';
import {
  DeletedEntriesDto,
  DeleteEntriesDto,
  EntryDto,
  FoundEntriesDto,
  SearchEntriesDto,
  StoredEntryDto,
  StoreEntryDto,
} from './entries.dto.js';
import { EntriesService } from './entries.service.js';
import { EntrySearchService } from './entry-search.service.js';

const searchExamples = {
  semantic: { value: { prompt: 'What is a semantic cache?' } },
  'exact, then semantic': {
    value: {
      prompt: 'What is a semantic cache?',
      searchStrategies: ['exact', 'semantic'],
      similarityThreshold: 0.9,
      attributes: { locale: 'en' },
    },
  },
};

@ApiTags('entries')
@ApiBearerAuth()
@Controller('v1/caches/:cacheId/entries')
export class EntriesController {
  constructor(
    private readonly entries: EntriesService,
    private readonly searching: EntrySearchService,
  ) {}

  @Post('search')
  @Roles('cache:read')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Looks for what an application has stored (LangCache)',
    description: 'The best entry of the first strategy that finds one; empty on a miss.',
  })
  @ApiBody({ type: SearchEntriesDto, examples: searchExamples })
  @ApiOkResponse({ type: FoundEntriesDto })
  @ApiResponse({ status: 424, description: 'Redis, the embedder or the index does not answer.' })
  async search(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Body(validation) { prompt, attributes, searchStrategies, similarityThreshold }: SearchEntriesDto,
  ): Promise<FoundEntriesDto> {
    const found = await this.searching.search(
      { tenant, cacheId },
      {
        prompt,
        attributes: attributes ?? {},
        strategies: searchStrategies ?? ['semantic'],
        ...(typeof similarityThreshold === 'number' && { threshold: similarityThreshold }),
      },
    );
    return { data: found ? [found] : [] };
  }

  @Post()
  @Roles('cache:write')
  @ApiOperation({ summary: 'Stores a prompt and its response (LangCache); chat requests are never answered from it' })
  @ApiResponse({ status: 424, description: 'Redis does not answer, or is full.' })
  @ApiCreatedResponse({ type: StoredEntryDto })
  async store(
    @CurrentPrincipal() { tenant, keyId }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Body(validation) { prompt, response, attributes, ttlMillis }: StoreEntryDto,
  ): Promise<StoredEntryDto> {
    const entry = { prompt, response, attributes: attributes ?? {} };
    const options = { writer: keyId, ...(typeof ttlMillis === 'number' && { ttlMs: ttlMillis }) };
    return { entryId: await this.entries.store({ tenant, cacheId }, entry, options) };
  }

  @Delete()
  @Roles('cache:write')
  @ApiOperation({
    summary: 'Deletes what applications have stored with all of these attributes (LangCache)',
    description: 'Attributes must be given: to forget everything there is `flush`. Answers to chats stay.',
  })
  @ApiOkResponse({ type: DeletedEntriesDto })
  async deleteByAttributes(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Body(validation) { attributes }: DeleteEntriesDto,
  ): Promise<DeletedEntriesDto> {
    return { deletedEntriesCount: await this.entries.deleteByAttributes({ tenant, cacheId }, attributes) };
  }

  @Get(':entryId')
  @Roles('cache:read')
  @ApiOperation({ summary: 'One entry, of chat or of an application' })
  @ApiOkResponse({ type: EntryDto })
  async read(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId, entryId }: EntryPathDto,
  ): Promise<EntryDto> {
    const { header, answer } = await this.entries.read({ tenant, cacheId, entryId });
    const { kind, model, tokens, costMicroUsd, latencyMs } = header;
    return {
      entryId,
      kind,
      model,
      createdAt: new Date(header.createdAt).toISOString(),
      expiresAt: new Date(header.expiresAt).toISOString(),
      tokens,
      costMicroUsd,
      latencyMs,
      answer: JSON.parse(answer) as Record<string, unknown>,
    };
  }
}
