import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { userErased, UserErased, userErasureDone, UserErasureDone } from '#contracts';
import { EventHandler, EventPublisher } from '#redis-streams';
import { ErasureService } from './erasure.service.js';
import { SessionErasureService } from './session-erasure.service.js';

@Controller()
export class ErasureRpcController {
  constructor(
    private readonly erasures: ErasureService,
    private readonly own: SessionErasureService,
    private readonly events: EventPublisher,
  ) {}

  @EventHandler(userErased)
  async erased(@Payload() event: UserErased): Promise<void> {
    const { erasureId, tenant } = event;
    const removed = await this.own.forget(event);
    await this.events.publish(userErasureDone, { erasureId, tenant, service: 'session', removed }, { tenant });
    await this.own.told(event);
  }

  @EventHandler(userErasureDone)
  async done(@Payload() event: UserErasureDone): Promise<void> {
    await this.erasures.answered(event);
  }
}
