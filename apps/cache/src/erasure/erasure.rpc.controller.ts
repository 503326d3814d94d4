import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { userErased, UserErased, userErasureDone } from '#contracts';
import { EventHandler, EventPublisher } from '#redis-streams';
import { CatalogueService } from '../catalogue/catalogue.service.js';

/** The cache's part of forgetting a user: the answers that their questions have brought, with prompts and vectors. */
@ApiExcludeController()
@Controller()
export class ErasureRpcController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly events: EventPublisher,
  ) {}

  /** Told at least once; the second time there is nothing left to remove. */
  @EventHandler(userErased)
  async forget(@Payload() { erasureId, tenant, userId }: UserErased): Promise<void> {
    const entries = await this.catalogue.forgetUser(tenant, userId);
    await this.events.publish(
      userErasureDone,
      { erasureId, tenant, service: 'cache', removed: { entries } },
      { tenant },
    );
  }
}
