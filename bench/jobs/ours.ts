import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { IsString } from 'class-validator';
import { RedisConnectionModule } from '../../libs/redis-connection/index.js';
import {
  ApiKeyDirectory,
  createLog,
  LarderConfig,
  Log,
  Metrics,
  OwnChecks,
  ServiceEnv,
} from '../../libs/service/index.js';
import { jobKinds, type JobKind } from '../../apps/worker/src/job/job-kind.js';
import { JobModule } from '../../apps/worker/src/job/job.module.js';
import { JobsService } from '../../apps/worker/src/job/jobs.service.js';
import { KindsModule } from '../../apps/worker/src/kinds/kinds.module.js';
import { redisUrl } from '../measuring/child.js';
import { batchSize, Countdown, inFlight, measurePickUps, payload, type Contestant } from './contestant.js';

const kindName = 'bench';
const tenant = 'bench';

class BenchPayload {
  @IsString()
  to: string;

  @IsString()
  template: string;

  @IsString()
  body: string;
}

/** The worker's engine without HTTP; orders take the whole path of a submission, with validation. */
async function openEngine(kinds: readonly JobKind[], concurrency: number, keyPrefix: string): Promise<TestingModule> {
  const url = redisUrl();
  const queues = [{ name: 'default', concurrency, tenantInFlight: 0, tenantWaiting: 10_000_000 }];
  @Module({
    providers: [
      { provide: LarderConfig, useValue: Object.assign(new LarderConfig(), { queues }) },
      { provide: ServiceEnv, useValue: new ServiceEnv() },
      { provide: Log, useValue: createLog('bench', 'warn') },
      Metrics,
      OwnChecks,
      { provide: ApiKeyDirectory, useValue: { loaded: false } },
    ],
    exports: [LarderConfig, ServiceEnv, Log, Metrics, OwnChecks, ApiKeyDirectory],
  })
  class Parts {}
  @Module({ providers: [{ provide: jobKinds, useValue: kinds }], exports: [jobKinds] })
  class BenchKinds {}

  const urls = { cache: url, state: url, bus: url };
  const connection = RedisConnectionModule.forRoot({ urls, keyPrefix, commandTimeoutMs: 10_000 });
  return Test.createTestingModule({ imports: [{ module: Parts, global: true }, connection, JobModule] })
    .overrideModule(KindsModule)
    .useModule(BenchKinds)
    .compile();
}

export async function startOurs(keyPrefix = 'bench'): Promise<Contestant> {
  const countdown = new Countdown();
  let onJob = () => countdown.begin();
  const kind: JobKind = { name: kindName, payload: BenchPayload, handle: async () => onJob() };
  const producer = await openEngine([kind], inFlight, keyPrefix);
  const jobs = producer.get(JobsService);
  const working = async <T>(use: () => Promise<T>): Promise<T> => {
    const worker = await openEngine([kind], inFlight, keyPrefix);
    const result = use();
    await worker.init();
    await result;
    await worker.close();
    return result;
  };
  return {
    async add(count) {
      const orders = Array.from({ length: batchSize }, () => ({ kind: kindName, payload }));
      for (let added = 0; added < count; added += batchSize) await jobs.submit(tenant, orders);
    },
    process(count) {
      onJob = () => countdown.begin();
      return working(() => countdown.from(count));
    },
    pickUps(samples) {
      const add = () => jobs.submit(tenant, [{ kind: kindName, payload }]);
      return working(() => measurePickUps(samples, (handler) => (onJob = handler), add));
    },
    close: () => producer.close(),
  };
}
