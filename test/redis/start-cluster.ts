import { Redis } from 'ioredis';
import { freePorts } from './free-port.js';
import { startRedis, type RunningRedis } from './start-redis.js';
import { until } from './until.js';

const slotCount = 16_384;

export interface RunningCluster {
  /** `redis+cluster://…` */
  readonly url: string;
  /** Of the first node. */
  readonly port: number;
  readonly pid: number;
  readonly nodes: readonly RunningRedis[];
  /** To every node. */
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Three masters that share all slots, without replicas. */
export async function startCluster(): Promise<RunningCluster> {
  const [first, second, third, ...busPorts] = await freePorts(6);
  const ports = [first!, second!, third!];
  const nodes = await Promise.all(ports.map((port, index) => startNode(port, busPorts[index]!)));
  const clients = ports.map((port) => new Redis({ host: '127.0.0.1', port }));
  try {
    await formCluster(clients, ports, busPorts);
  } finally {
    clients.forEach((client) => client.disconnect());
  }
  return {
    url: `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    port: ports[0]!,
    get pid() {
      return nodes[0]!.pid;
    },
    nodes,
    signal: (signal) => nodes.forEach((node) => node.signal(signal)),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

function startNode(port: number, busPort: number): Promise<RunningRedis> {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, '--cluster-node-timeout', '2000'];
  return startRedis({ port, args: [...cluster, '--appendonly', 'yes'] });
}

async function formCluster(clients: readonly Redis[], ports: readonly number[], busPorts: readonly number[]) {
  const share = Math.ceil(slotCount / clients.length);
  await Promise.all(
    clients.map((client, index) => {
      const last = Math.min((index + 1) * share, slotCount) - 1;
      return client.call('CLUSTER', 'ADDSLOTSRANGE', index * share, last);
    }),
  );
  for (const index of [1, 2]) {
    await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', ports[index]!, busPorts[index]!);
  }
  await until(
    'the cluster to agree',
    async () => {
      const states = await Promise.all(clients.map((client) => client.call('CLUSTER', 'INFO')));
      return states.every(
        (state) => String(state).includes('cluster_state:ok') && String(state).includes('known_nodes:3'),
      );
    },
    20_000,
  );
}
