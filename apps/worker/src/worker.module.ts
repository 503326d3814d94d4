import { Module } from '@nestjs/common';
import { ChannelModule } from './channel/channel.module.js';
import { ErasureModule } from './erasure/erasure.module.js';
import { JobModule } from './job/job.module.js';
import { WarmingModule } from './warming/warming.module.js';
import { WebhookModule } from './webhook/webhook.module.js';

/** Background work: jobs, schedules, webhooks and agent channels. */
@Module({ imports: [JobModule, ErasureModule, ChannelModule, WarmingModule, WebhookModule] })
export class WorkerModule {}
