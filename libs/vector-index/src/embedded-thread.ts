/** Entry of the thread that holds an embedded index's vectors; see `threaded-host.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { PartitionHost } from './partition-host.js';
import type { HostCall, HostReply } from './threaded-host.js';

const { dimension } = workerData as { dimension: number };
const host = new PartitionHost(dimension);

parentPort?.on('message', ({ call, method, args }: HostCall) => {
  const run = host[method].bind(host) as (...args: unknown[]) => Promise<unknown>;
  const reply = (answer: HostReply) => parentPort?.postMessage(answer);
  run(...args).then(
    (result) => reply({ call, result }),
    (error: unknown) => reply({ call, fault: error instanceof Error ? error.message : 'unknown' }),
  );
});
