import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { appendMessages, type AppendMessagesRequest, type AppendReply } from '#contracts';
import { RpcHandler } from '#redis-streams';
import { MessageAppendService } from './message-append.service.js';

@Controller()
export class MessageRpcController {
  constructor(private readonly appends: MessageAppendService) {}

  @RpcHandler(appendMessages)
  async append(@Payload() request: AppendMessagesRequest): Promise<AppendReply> {
    const { messages, expectedSeq } = request;
    const reply = await this.appends.append(
      request,
      request,
      messages,
      expectedSeq === undefined ? {} : { expectedSeq },
    );
    // Only a turn can be lost, and this is none.
    return reply.state === 'lost' ? { state: 'absent' } : reply;
  }
}
