import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { ContextRequest, readContext, type SessionContext } from '#contracts';
import { RpcHandler } from '#redis-streams';
import { ContextReader } from './context-reader.js';

/** Contexts as other services ask for them. */
@ApiExcludeController()
@Controller()
export class ContextRpcController {
  constructor(private readonly contexts: ContextReader) {}

  @RpcHandler(readContext)
  async read(
    @Payload() request: ContextRequest,
  ): Promise<{ state: 'found'; context: SessionContext } | { state: 'absent' }> {
    const context = await this.contexts.read(request, request, request);
    return context ? { state: 'found', context } : { state: 'absent' };
  }
}
