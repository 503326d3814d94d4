import { LimitEngine, type LimitDemand } from '../../apps/ratelimit/src/limit/limit-engine.js';
import { LimitRepository, readDoubles, type LimitArguments } from '../../apps/ratelimit/src/limit/limit.repository.js';
import { limitScript } from '../../apps/ratelimit/src/limit/limit-script.js';
import type { TakeArguments } from '../../apps/ratelimit/src/limit/question-batch.js';
import type { LimitDefinition, LimitSubject } from '#contracts';
import { effectiveLimits, limitCounter } from '#limits';
import { defineScript, RedisConnections } from '#redis-connection';

export interface EngineReplica {
  readonly engine: LimitEngine;
  readonly repository: LimitRepository;
  close(): Promise<void>;
}

/** Where a test keeps the time of scripts: seconds and microseconds, as TIME tells them. */
export const clockKey = 'test-clock';

/** Scripts as they are, but for the clock, which is a list in Redis that the test sets. */
class ClockedRepository extends LimitRepository {
  private readonly taking = clocked({
    lua: 'return numbersBytes(takeLimits(1, ARGV[1], ARGV[2]))',
    args: ['limits', 'asked'],
    binary: true,
  });
  private readonly changing = clocked({ lua: 'return changeLimits(1, 1)', args: [] });

  constructor(private readonly redis: RedisConnections) {
    super(redis);
  }

  override async take({ keys, limits, asked }: TakeArguments): Promise<readonly number[]> {
    const input = { keys: {}, args: { limits, asked }, more: { keys, args: [] } };
    return readDoubles(await this.taking.run(this.redis.command('state'), input));
  }

  override change(more: LimitArguments): Promise<readonly number[]> {
    return this.changing.run(this.redis.command('state'), { keys: {}, args: {}, more }) as Promise<readonly number[]>;
  }
}

function clocked(script: { lua: string; args: string[]; binary?: boolean }) {
  // Keys expire by the server's own clock: here none does before the test is over.
  const lua = limitScript(script.lua)
    .replace("redis.call('TIME')", `redis.call('LRANGE', '${clockKey}', 0, 1)`)
    .replaceAll('ttl - ttl % 1 + 1', '3600000');
  return defineScript({ ...script, name: 'clocked', lua, keys: [] });
}

/** An engine with connections of its own, as a replica of the service has. */
export async function startEngine(url: string, keyPrefix: string, options: { clocked?: boolean } = {}) {
  const urls = { cache: url, state: url, bus: url };
  const connections = new RedisConnections({ urls, keyPrefix, commandTimeoutMs: 10_000 });
  await connections.onModuleInit();
  const repository = new (options.clocked ? ClockedRepository : LimitRepository)(connections);
  const replica: EngineReplica = {
    engine: new LimitEngine(repository),
    repository,
    close: () => connections.onApplicationShutdown(),
  };
  return replica;
}

export const tenant = 'acme';
const subject: LimitSubject = { user: 'u1', key: 'k1', model: 'm1' };

/** A limit of ten requests a minute by a fixed window, but for what is told. */
export function limitOf(members: Partial<LimitDefinition>): LimitDefinition {
  const usual = { scope: ['user'], unit: 'requests', algorithm: 'fixed-window', capacity: 10, name: 'l1' } as const;
  const length = members.algorithm === 'calendar-window' ? {} : { windowSeconds: 60 };
  return { ...usual, ...length, ...members } as LimitDefinition;
}

/** What one user asks of limits of one policy, each the same cost unless there are several. */
export function demandsOf(
  limits: readonly LimitDefinition[],
  cost: number | readonly number[],
  policy = 'p1',
): LimitDemand[] {
  return effectiveLimits({ name: policy, limits: [...limits] }).map((effective, index) => ({
    effective,
    counter: limitCounter(effective, tenant, subject),
    cost: typeof cost === 'number' ? cost : cost[index]!,
  }));
}
