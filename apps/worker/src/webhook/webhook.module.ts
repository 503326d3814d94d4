import { Module } from '@nestjs/common';
import { WebhookController } from './webhook.controller.js';
import { WebhookDelivery } from './webhook-delivery.service.js';
import { WebhookKind } from './webhook-kind.js';
import { WebhookRepository } from './webhook.repository.js';
import { WebhookService } from './webhook.service.js';

/** Tells applications of what happened, at addresses of their own. */
@Module({
  controllers: [WebhookController],
  providers: [WebhookDelivery, WebhookKind, WebhookRepository, WebhookService],
  exports: [WebhookKind],
})
export class WebhookModule {}
