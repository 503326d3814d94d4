import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Allow } from 'class-validator';
import { RedisConnectionModule, RedisConnections } from '#redis-connection';
import {
  ApiKeyDirectory,
  createLog,
  LarderConfig,
  Log,
  Metrics,
  OwnChecks,
  ServiceEnv,
  type QueueSettings,
} from '#service';
import { jobKinds, type JobContext, type JobKind } from '../../apps/worker/src/job/job-kind.js';
import { JobModule } from '../../apps/worker/src/job/job.module.js';
import { JobsService } from '../../apps/worker/src/job/jobs.service.js';
import { KindsModule } from '../../apps/worker/src/kinds/kinds.module.js';
import { until } from '../redis/index.js';

export interface WorkerOptions {
  readonly redisUrl: string;
  readonly keyPrefix: string;
  readonly kinds: readonly JobKind[];
  readonly queues?: readonly QueueSettings[];
  readonly leaseMs?: number;
  /** False: it submits jobs and runs none. */
  readonly runs?: boolean;
}

/** One replica of the job engine, without transport and HTTP, on a real Redis. */
export interface WorkerReplica {
  readonly app: TestingModule;
  readonly jobs: JobsService;
  /** The job's view once it has this status. */
  untilStatus(id: string, status: string): Promise<NonNullable<Awaited<ReturnType<JobsService['read']>>>>;
  stop(): Promise<void>;
}

class AnyPayload {
  @Allow()
  data: unknown;
}

const anyTenant = 'acme';

export async function startWorker(options: WorkerOptions): Promise<WorkerReplica> {
  const { redisUrl, keyPrefix, kinds, queues = [], leaseMs = 2_000, runs = true } = options;
  const urls = { cache: redisUrl, state: redisUrl, bus: redisUrl };
  @Module({
    providers: [
      { provide: LarderConfig, useValue: Object.assign(new LarderConfig(), { queues }) },
      { provide: ServiceEnv, useValue: Object.assign(new ServiceEnv(), { jobLeaseMs: leaseMs }) },
      { provide: Log, useValue: createLog('worker', 'error') },
      Metrics,
      OwnChecks,
      { provide: ApiKeyDirectory, useValue: { loaded: false } },
    ],
    exports: [LarderConfig, ServiceEnv, Log, Metrics, OwnChecks, ApiKeyDirectory],
  })
  class ServiceParts {}
  @Module({ providers: [{ provide: jobKinds, useValue: kinds }], exports: [jobKinds] })
  class TestKinds {}

  const connection = RedisConnectionModule.forRoot({ urls, keyPrefix, commandTimeoutMs: 5_000 });
  const app = await Test.createTestingModule({
    imports: [{ module: ServiceParts, global: true }, connection, JobModule],
  })
    .overrideModule(KindsModule)
    .useModule(TestKinds)
    .compile();
  if (runs) await app.init();
  else await app.get(RedisConnections).onModuleInit();
  const jobs = app.get(JobsService);
  return { app, jobs, untilStatus: (id, status) => untilStatus(jobs, id, status), stop: () => app.close() };
}

async function untilStatus(jobs: JobsService, id: string, status: string) {
  let seen: Awaited<ReturnType<JobsService['read']>> = null;
  await until(
    `job to be ${status}`,
    async () => {
      seen = await jobs.read(anyTenant, id);
      return seen?.status === status;
    },
    20_000,
  );
  return seen!;
}

/** A kind whose handler is a function of the test; its payload is `{ data }`, which the handler gets. */
export function kindOf(
  name: string,
  handle: (data: never, context: JobContext) => unknown,
  more: Partial<JobKind> = {},
): JobKind {
  return {
    name,
    payload: AnyPayload,
    retry: { firstMs: 1, longestMs: 5 },
    ...more,
    handle: async (payload, context) => handle((payload as AnyPayload).data as never, context),
  };
}
