import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import { userErased, UserErased, userErasureDone } from '#contracts';
import { EventHandler, EventPublisher } from '#redis-streams';
import { IdempotencyRepository } from './idempotency.repository.js';

/**
 * The gateway's part of forgetting a user: the answers that it keeps for their idempotency keys. Its vectors of texts are
 * kept by the text's hash for the whole tenant, and are nobody's.
 */
@ApiExcludeController()
@Controller()
export class ErasureRpcController {
  constructor(
    private readonly records: IdempotencyRepository,
    private readonly events: EventPublisher,
  ) {}

  /** Told at least once; the second time there is nothing left to remove. */
  @EventHandler(userErased)
  async forget(@Payload() { erasureId, tenant, userId }: UserErased): Promise<void> {
    const idempotentAnswers = await this.records.removeAllOf(tenant, userId);
    const done = { erasureId, tenant, service: 'gateway', removed: { idempotentAnswers } } as const;
    await this.events.publish(userErasureDone, done, { tenant });
  }
}
