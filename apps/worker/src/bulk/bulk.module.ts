import { Module } from '@nestjs/common';
import { BulkRunService } from './bulk-run.service.js';
import { OutputRepository } from './output.repository.js';

/** Jobs of many parts, and what they bring forth. */
@Module({
  providers: [BulkRunService, OutputRepository],
  exports: [BulkRunService, OutputRepository],
})
export class BulkModule {}
