import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { ReadLoop } from '#redis-streams';
import { Log } from '#service';
import { decodeSpec, decodeState, type JobSpec, type JobState } from '../job/job-record.js';
import type { QueueShard } from './queue-shard.js';
import { PatientClient } from './patient-client.repository.js';
import { QueueTimes } from './queue-times.js';
import { QueueRepository } from './queue.repository.js';
import type { Slots } from './slots.js';

/** A job that this process owns until its lease ends. */
export interface TakenJob {
  readonly shard: QueueShard;
  readonly id: string;
  /** Of this attempt alone. */
  readonly token: string;
  readonly spec: JobSpec;
  readonly state: JobState;
  readonly progress: unknown;
}

export interface TakerOptions {
  readonly shard: QueueShard;
  readonly consumer: string;
  readonly slots: Slots;
  readonly repository: QueueRepository;
  readonly connections: RedisConnections;
  readonly times: QueueTimes;
  readonly log: Log;
  readonly onJobs: (jobs: TakenJob[]) => void;
}

type Delivered = readonly [priority: number, entry: string, id: string];

const group = 'workers';
const mostATake = 128;
const streamNames = ['high', 'normal', 'low'] as const;

/**
 * Takes jobs of one shard, never more than there are free slots. While jobs wait it takes many with one script; when none does it
 * waits in the consumer group, and what wakes it is owned by the next script. On a connection of its own: takes have no
 * deadline but the lease, because a reply given up would leave jobs owned by nobody until it ends.
 */
export class ShardTaker {
  readonly loop: ReadLoop;
  private delivered: readonly Delivered[] = [];
  private turns = 0;
  private full = false;
  private readonly line: PatientClient;

  constructor(private readonly options: TakerOptions) {
    const { shard, connections, slots, times, log } = options;
    this.line = new PatientClient(connections, `ends-${shard.queue.name}-${shard.index}`);
    this.loop = new ReadLoop({
      purpose: `jobs-${shard.queue.name}-${shard.index}`,
      connections,
      role: 'state',
      blockMs: times.blockMs,
      log: {
        info: (text) => log.info(text),
        warn: (text) => log.warn(text),
        error: (text, error) => log.error(text, { error }),
      },
      ready: () => slots.untilFree(),
      turn: (client) => this.turn(client),
      onMissingGroup: () => this.createGroups(),
    });
  }

  start(): void {
    this.loop.start();
  }

  /** Whether there was more than could be taken when it last looked. */
  get hasMore(): boolean {
    return this.full;
  }

  /**
   * Ends attempts and takes as many jobs in their place, in one script: a busy worker needs one round trip for both. On another
   * connection without a deadline, because that of the loop may be waiting.
   * @returns for each attempt 1, or 0 where the job was not ours
   */
  async relay(ends: readonly string[], most: number): Promise<number[]> {
    const { repository, shard, slots } = this.options;
    const args = [...this.takeArgs(most), ...ends];
    const reply = await this.line.run((client) => repository.run('finish-jobs', shard, args, client));
    const [ended, taken] = reply as [number[], string[]];
    const jobs = readTaken(shard, taken);
    this.full = jobs.length === most;
    slots.claim(jobs.length);
    this.options.onJobs(jobs);
    return ended;
  }

  /** Stops taking. What was delivered and not owned yet lies ready for others after a while. */
  async stop(): Promise<void> {
    this.full = false;
    await this.loop.stop();
    await this.line.close();
    await this.leaveGroups().catch(() => undefined);
  }

  private async turn(client: RedisClient): Promise<void> {
    const reserved = this.options.slots.reserve(mostATake);
    let taken = 0;
    try {
      const jobs = reserved > 0 ? await this.take(client, reserved) : [];
      taken = jobs.length;
      this.full = reserved > 0 && taken === reserved;
      this.options.onJobs(jobs);
    } finally {
      this.options.slots.release(reserved - taken);
    }
    if (taken === 0) this.delivered = await this.await(client);
  }

  private async take(client: RedisClient, most: number): Promise<TakenJob[]> {
    const { repository, shard } = this.options;
    const { delivered } = this;
    this.delivered = [];
    const args = [...this.takeArgs(most), ...delivered.flat()];
    return readTaken(shard, (await repository.run('take-jobs', shard, args, client)) as string[]);
  }

  /** Mostly by priority, but every stream comes first now and then. */
  private takeArgs(most: number): (string | number)[] {
    // Four digits make a job's token of it.
    const call = randomBytes(14).toString('hex');
    this.turns += 1;
    const favoured = this.turns % 8 === 0 ? 3 : this.turns % 4 === 0 ? 2 : 1;
    return [this.options.consumer, call, most, favoured];
  }

  /** Waits until a job lies ready. One entry of each stream at most: the next script takes the rest. */
  private async await(client: RedisClient): Promise<Delivered[]> {
    const { repository, shard, consumer, times } = this.options;
    const keys = repository.keysOf(shard);
    const streams = streamNames.map((name) => keys[name]);
    const count = ['COUNT', 1, 'BLOCK', times.blockMs] as const;
    const ids = ['>', '>', '>'] as const;
    const reply = await client.xreadgroup('GROUP', group, consumer, ...count, 'STREAMS', ...streams, ...ids);
    return ((reply ?? []) as [string, [string, string[]][]][]).flatMap(([stream, entries]) =>
      entries.map(([entry, fields]): Delivered => [streams.indexOf(stream) + 1, entry, fields[1] ?? '']),
    );
  }

  /** From 0: after a flush of the group everything that is in the streams is delivered anew. */
  private async createGroups(): Promise<void> {
    const keys = this.options.repository.keysOf(this.options.shard);
    for (const name of streamNames) {
      try {
        await this.options.repository.client.xgroup('CREATE', keys[name], group, '0', 'MKSTREAM');
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
      }
    }
  }

  /** Its pending entries go with it: owners end their jobs all the same, and what nobody owns lies ready again in time. */
  private async leaveGroups(): Promise<void> {
    const keys = this.options.repository.keysOf(this.options.shard);
    for (const name of streamNames) {
      await this.options.repository.client.xgroup('DELCONSUMER', keys[name], group, this.options.consumer);
    }
  }
}

/** Opens takers on this process' Redis. */
@Injectable()
export class ShardTakers {
  constructor(
    private readonly repository: QueueRepository,
    private readonly connections: RedisConnections,
    private readonly times: QueueTimes,
    private readonly log: Log,
  ) {}

  open(options: Pick<TakerOptions, 'shard' | 'slots' | 'onJobs' | 'consumer'>): ShardTaker {
    const { repository, connections, times, log } = this;
    return new ShardTaker({ ...options, repository, connections, times, log });
  }
}

const partsAJob = 5;

function readTaken(shard: QueueShard, reply: readonly string[]): TakenJob[] {
  const jobs: TakenJob[] = [];
  for (let i = 0; i < reply.length; i += partsAJob) {
    const [id = '', token = '', spec = '', state = '', progress = ''] = reply.slice(i, i + partsAJob);
    const read = { spec: decodeSpec(spec), state: decodeState(state) };
    jobs.push({ shard, id, token, ...read, progress: progress === '' ? undefined : (JSON.parse(progress) as unknown) });
  }
  return jobs;
}
