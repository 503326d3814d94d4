import { Module } from '@nestjs/common';
import { BulkModule } from '../bulk/bulk.module.js';
import { ChatBatchKind } from '../chat/chat-batch-kind.js';
import { ChatKind } from '../chat/chat-kind.js';
import { ModelGateway } from '../chat/model-gateway.client.js';
import { EmbedDocumentsKind } from '../documents/embed-documents-kind.js';
import { jobKinds, type JobKind } from '../job/job-kind.js';
import { SessionSummaryKind } from '../session/session-summary-kind.js';
import { CacheWarmKind } from '../warming/cache-warm-kind.js';
import { WebhookKind } from '../webhook/webhook-kind.js';
import { WebhookModule } from '../webhook/webhook.module.js';

const kinds = [ChatKind, ChatBatchKind, CacheWarmKind, EmbedDocumentsKind, SessionSummaryKind];

/** Every kind of job that the worker knows. */
@Module({
  imports: [BulkModule, WebhookModule],
  providers: [
    ModelGateway,
    ...kinds,
    { provide: jobKinds, inject: [WebhookKind, ...kinds], useFactory: (...all: JobKind[]) => all },
  ],
  exports: [jobKinds],
})
export class KindsModule {}
