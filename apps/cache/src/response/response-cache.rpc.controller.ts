import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  CacheScope,
  deleteEntry,
  EntryAddress,
  flushCache,
  lookUp,
  LookUpRequest,
  storeAnswer,
  StoreAnswerRequest,
  type LookUpReply,
  type StoreAnswerReply,
} from '#contracts';
import { RpcHandler } from '#redis-streams';
import { ResponseCacheService } from './response-cache.service.js';

/** The response cache as other services ask it. */
@ApiExcludeController()
@Controller()
export class ResponseCacheRpcController {
  constructor(private readonly responses: ResponseCacheService) {}

  @RpcHandler(lookUp)
  lookUp(@Payload() request: LookUpRequest): Promise<LookUpReply> {
    return this.responses.lookUp(request);
  }

  @RpcHandler(storeAnswer)
  storeAnswer(@Payload() request: StoreAnswerRequest): Promise<StoreAnswerReply> {
    return this.responses.store(request);
  }

  @RpcHandler(deleteEntry)
  async deleteEntry(@Payload() entry: EntryAddress): Promise<{ deleted: boolean }> {
    return { deleted: await this.responses.delete(entry) };
  }

  @RpcHandler(flushCache)
  async flushCache(@Payload() scope: CacheScope): Promise<{ generation: string }> {
    return { generation: await this.responses.flush(scope) };
  }
}
