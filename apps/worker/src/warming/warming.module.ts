import { Module } from '@nestjs/common';
import { JobModule } from '../job/job.module.js';
import { ConfiguredWarming } from './configured-warming.service.js';

/** Caches that are warm before anybody asks. */
@Module({ imports: [JobModule], providers: [ConfiguredWarming] })
export class WarmingModule {}
