import { Module } from '@nestjs/common';
import { JobModule } from '../job/job.module.js';
import { ErasureRpcController } from './erasure.rpc.controller.js';

@Module({ imports: [JobModule], controllers: [ErasureRpcController] })
export class ErasureModule {}
