import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { userErased, UserErased, userErasureDone } from '#contracts';
import { EventHandler, EventPublisher } from '#redis-streams';
import { outcomeKeptSeconds } from '../flight/flight.repository.js';
import { UserErasureService } from './user-erasure.service.js';

/** The cache's part of forgetting a user: the answers that their questions have brought, with prompts and vectors. */
@ApiExcludeController()
@Controller()
export class ErasureRpcController {
  constructor(
    private readonly users: UserErasureService,
    private readonly events: EventPublisher,
  ) {}

  /** Told at least once; the second time there is nothing left to remove. */
  @EventHandler(userErased)
  async forget(@Payload() { erasureId, tenant, userId }: UserErased): Promise<void> {
    const entries = await this.users.forget(tenant, userId);
    // What a flight brought names no user; it is kept until those who wait have fetched it.
    const left = { leftForSeconds: outcomeKeptSeconds };
    const done = { erasureId, tenant, service: 'cache', removed: { entries }, ...left } as const;
    await this.events.publish(userErasureDone, done, { tenant });
  }
}
