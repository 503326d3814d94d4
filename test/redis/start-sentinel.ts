import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from './free-port.js';
import { RedisProcess } from './redis-process.js';
import { startRedis, type RunningRedis } from './start-redis.js';
import { until } from './until.js';

const masterName = 'larder-master';

export interface RunningSentinel {
  /** `redis+sentinel://…/<master>/0` */
  readonly url: string;
  /** Of the first master. */
  readonly port: number;
  readonly pid: number;
  /** The server that was master at the start. */
  readonly master: RunningRedis;
  readonly replica: RunningRedis;
  /** To one of the three sentinels, the first. */
  signalSentinel(signal: NodeJS.Signals): void;
  /** To the first master. */
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** A master, its replica and three sentinels that agree on a failover within about two seconds. */
export async function startSentinel(): Promise<RunningSentinel> {
  const folder = mkdtempSync(join(tmpdir(), 'larder-sentinel-'));
  const master = await startRedis();
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', `${master.port}`] });
  const ports = await freePorts(3);
  const sentinels = ports.map((port) => sentinelProcess(folder, port, master.port));
  await Promise.all(sentinels.map((sentinel) => sentinel.start()));
  await Promise.all(ports.map(untilAgreed));
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${masterName}/0`,
    port: master.port,
    get pid() {
      return master.pid;
    },
    master,
    replica,
    signalSentinel: (signal) => sentinels[0]!.signal(signal),
    signal: (signal) => master.signal(signal),
    stop: async () => {
      await Promise.all(sentinels.map((sentinel) => sentinel.kill()));
      await Promise.all([master.stop(), replica.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function sentinelProcess(folder: string, port: number, masterPort: number): RedisProcess {
  const file = join(folder, `sentinel-${port}.conf`);
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${masterName} 700`,
    `sentinel failover-timeout ${masterName} 3000`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return new RedisProcess([file, '--sentinel'], /\+monitor master/);
}

/** Until this sentinel knows the replica, in sync, and both other sentinels: before that no failover can succeed. */
async function untilAgreed(port: number): Promise<void> {
  const sentinel = new Redis({ host: '127.0.0.1', port });
  try {
    await until('the sentinels to know each other and the replica', async () => {
      const reply = (await sentinel.call('SENTINEL', 'REPLICAS', masterName)) as string[][];
      const others = (await sentinel.call('SENTINEL', 'SENTINELS', masterName)) as string[][];
      return others.length === 2 && reply.length === 1 && linkIsUp(reply[0]!);
    });
  } finally {
    sentinel.disconnect();
  }
}

function linkIsUp(replica: readonly string[]): boolean {
  return replica[replica.indexOf('master-link-status') + 1] === 'ok';
}
