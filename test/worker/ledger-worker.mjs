// A process that runs jobs of kind `ledger`: each notes its idempotency key in a Redis that nobody kills. Started by tests, on
// the built modules; parameters come by environment.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';

const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { RedisConnectionModule } = await built('libs/redis-connection/index.js');
const { ApiKeyDirectory, createLog, LarderConfig, Log, Metrics, OwnChecks, ServiceEnv } =
  await built('libs/service/index.js');
const { jobKinds } = await built('apps/worker/src/job/job-kind.js');
const { JobModule } = await built('apps/worker/src/job/job.module.js');
const { KindsModule } = await built('apps/worker/src/kinds/kinds.module.js');

const { REDIS_URL, LEDGER_URL, LARDER_KEY_PREFIX, LARDER_JOB_LEASE_MS } = process.env;
const ledger = new Redis(LEDGER_URL);
const kind = {
  name: 'ledger',
  payload: Object,
  retry: { firstMs: 10, longestMs: 50 },
  async handle({ data }, { idempotencyKey }) {
    await sleep(data);
    await ledger.hincrby('effects', idempotencyKey, 1);
  },
};

const values = [
  { provide: LarderConfig, useValue: new LarderConfig() },
  { provide: ServiceEnv, useValue: Object.assign(new ServiceEnv(), { jobLeaseMs: Number(LARDER_JOB_LEASE_MS) }) },
  { provide: Log, useValue: createLog('worker', 'silent') },
  Metrics,
  OwnChecks,
  { provide: ApiKeyDirectory, useValue: { loaded: false } },
];
const Parts = class Parts {};
Module({ providers: values, exports: [LarderConfig, ServiceEnv, Log, Metrics, OwnChecks, ApiKeyDirectory] })(Parts);
const Kinds = class Kinds {};
Module({ providers: [{ provide: jobKinds, useValue: [kind] }], exports: [jobKinds] })(Kinds);

const urls = { cache: REDIS_URL, state: REDIS_URL, bus: REDIS_URL };
const connection = RedisConnectionModule.forRoot({ urls, keyPrefix: LARDER_KEY_PREFIX, commandTimeoutMs: 5_000 });
const app = await Test.createTestingModule({ imports: [{ module: Parts, global: true }, connection, JobModule] })
  .overrideModule(KindsModule)
  .useModule(Kinds)
  .compile();
await app.init();
process.stdout.write('running\n');
