import { Module } from '@nestjs/common';
import { ServiceEnv } from '#service';
import { BulkModule } from '../bulk/bulk.module.js';
import { UserJobsRepository } from '../erasure/user-jobs.repository.js';
import { UserJobsService } from '../erasure/user-jobs.service.js';
import { KindsModule } from '../kinds/kinds.module.js';
import { DeadLetterRepository } from '../queue/dead-letters.repository.js';
import { QueueController } from '../queue/queue.controller.js';
import { QueuesService } from '../queue/queues.service.js';
import { QueueDirectory } from '../queue/queue-directory.service.js';
import { QueueMetrics } from '../queue/queue-metrics.js';
import { QueueTimes } from '../queue/queue-times.js';
import { QueueWorker } from '../queue/queue-worker.service.js';
import { QueueRepository } from '../queue/queue.repository.js';
import { ServerAbilities } from '../queue/server-abilities.repository.js';
import { ShardTakers } from '../queue/shard-taker.repository.js';
import { ScheduleController } from '../schedule/schedule.controller.js';
import { LiveTenants } from '../schedule/live-tenants.service.js';
import { ScheduleRepository } from '../schedule/schedule.repository.js';
import { ScheduleService } from '../schedule/schedule.service.js';
import { JobController } from './job.controller.js';
import { JobRpcController } from './job.rpc.controller.js';
import { JobListRepository } from './job-list.repository.js';
import { JobListService } from './job-list.service.js';
import { JobRepository } from './job.repository.js';
import { JobsService } from './jobs.service.js';
import { KindRegistry } from './kind-registry.service.js';
import { OutputController } from './output.controller.js';

/** Jobs, their queues and schedules. */
@Module({
  imports: [KindsModule, BulkModule],
  controllers: [JobController, JobRpcController, OutputController, QueueController, ScheduleController],
  providers: [
    { provide: QueueTimes, inject: [ServiceEnv], useFactory: (env: ServiceEnv) => new QueueTimes(env.jobLeaseMs) },
    QueueDirectory,
    QueueRepository,
    ServerAbilities,
    QueuesService,
    DeadLetterRepository,
    QueueMetrics,
    QueueWorker,
    ShardTakers,
    JobRepository,
    JobListRepository,
    JobListService,
    JobsService,
    KindRegistry,
    UserJobsRepository,
    UserJobsService,
    LiveTenants,
    ScheduleRepository,
    ScheduleService,
  ],
  exports: [JobsService, ScheduleService, UserJobsService],
})
export class JobModule {}
