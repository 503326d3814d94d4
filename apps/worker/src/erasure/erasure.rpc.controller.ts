import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { userErased, UserErased, userErasureDone } from '#contracts';
import { EventHandler, EventPublisher } from '#redis-streams';
import { UserJobsService } from './user-jobs.service.js';

/** The worker's part of forgetting a user. */
@ApiExcludeController()
@Controller()
export class ErasureRpcController {
  constructor(
    private readonly jobs: UserJobsService,
    private readonly events: EventPublisher,
  ) {}

  /** Told at least once; the second time there is nothing left to remove. */
  @EventHandler(userErased)
  async forget(@Payload() { erasureId, tenant, userId }: UserErased): Promise<void> {
    const jobs = await this.jobs.forget(tenant, userId);
    await this.events.publish(userErasureDone, { erasureId, tenant, service: 'worker', removed: { jobs } }, { tenant });
  }
}
