import { createRequire } from 'node:module';
import { redisUrl, root } from '../measuring/child.js';
import { batchSize, Countdown, inFlight, measurePickUps, payload, type Contestant } from './contestant.js';

/** What only benchmarks need is installed beside them. */
interface Queue {
  waitUntilReady(): Promise<unknown>;
  add(name: string, data: object): Promise<unknown>;
  addBulk(jobs: readonly { name: string; data: object }[]): Promise<unknown>;
  close(): Promise<void>;
}
interface Worker {
  waitUntilReady(): Promise<unknown>;
  isPaused(): boolean;
  isRunning(): boolean;
  run(): Promise<void>;
  pause(): Promise<void>;
  resume(): unknown;
  close(): Promise<void>;
}
const { Queue, Worker } = createRequire(`${root}bench/package.json`)('bullmq') as {
  Queue: new (name: string, options: object) => Queue;
  Worker: new (name: string, process: () => Promise<unknown>, options: object) => Worker;
};

const name = 'bench';

/** BullMQ as its documentation advises for throughput: addBulk, one worker with a concurrency. */
export async function startBullMq(): Promise<Contestant> {
  const { hostname: host, port } = new URL(redisUrl());
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue(name, { connection });
  await queue.waitUntilReady();
  const countdown = new Countdown();
  let onJob = () => countdown.begin();
  const worker = new Worker(name, async () => onJob(), { connection, concurrency: inFlight, autorun: false });
  await worker.waitUntilReady();
  const start = () => {
    if (worker.isPaused()) void worker.resume();
    else if (!worker.isRunning()) void worker.run();
  };
  return {
    async add(count) {
      const jobs = Array.from({ length: batchSize }, () => ({ name, data: payload }));
      for (let added = 0; added < count; added += batchSize) await queue.addBulk(jobs);
    },
    async process(count) {
      const done = countdown.from(count);
      onJob = () => countdown.begin();
      start();
      const tookMs = await done;
      await worker.pause();
      return tookMs;
    },
    async pickUps(samples) {
      start();
      return measurePickUps(
        samples,
        (handler) => (onJob = handler),
        () => queue.add(name, payload),
      );
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}
