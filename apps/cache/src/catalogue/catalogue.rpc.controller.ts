import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { invalidateEntries, InvalidateRequest } from '#contracts';
import { RpcHandler } from '#redis-streams';
import { CatalogueService } from './catalogue.service.js';

/** Invalidation as other services ask for it. */
@ApiExcludeController()
@Controller()
export class CatalogueRpcController {
  constructor(private readonly catalogue: CatalogueService) {}

  @RpcHandler(invalidateEntries)
  async invalidateEntries(@Payload() request: InvalidateRequest): Promise<{ deletedEntriesCount: number }> {
    return { deletedEntriesCount: await this.catalogue.invalidate(request) };
  }
}
