import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ServiceError, type WarmCachePayload } from '#contracts';
import { LarderConfig, Log, type WarmingSettings } from '#service';
import { JobsService } from '../job/jobs.service.js';
import { ScheduleService } from '../schedule/schedule.service.js';

const kind = 'cache-warm';
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Warms caches as the configuration says: at the start of the worker, and by the clock. */
@Injectable()
export class ConfiguredWarming implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly config: LarderConfig,
    private readonly jobs: JobsService,
    private readonly schedules: ScheduleService,
    private readonly log: Log,
  ) {}

  /** Nobody waits for it: a start does not depend on Redis. */
  onApplicationBootstrap(): void {
    for (const settings of this.config.warming) void this.begin(settings);
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** Until it is done, the process stops, or it can never be done. Never rejects. */
  private async begin(settings: WarmingSettings): Promise<void> {
    const { signal } = this.stopping;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return await this.order(settings);
      } catch (error) {
        const isAway = error instanceof ServiceError && error.status >= 500;
        if (!isAway) return this.log.error('a cache cannot be warmed', { error, warming: settings.name });
      }
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async order(settings: WarmingSettings): Promise<void> {
    const { name, tenant = 'default', schedule, timeZone = 'UTC', atBoot = schedule === undefined } = settings;
    const payload = await payloadOf(settings);
    if (schedule !== undefined) {
      const order = { tenant, name: `warming-${name}`, kind, payload, cron: schedule, timeZone };
      await this.schedules.write({ ...order, priority: 'low', missed: 'skip', enabled: true });
    }
    // Replicas start together: whoever is second finds the first one's job.
    if (atBoot) await this.jobs.submit(tenant, [{ kind, payload, priority: 'low', dedupKey: `warming-${name}` }]);
  }
}

/** @throws ServiceError invalid_request for a file that cannot be read, or settings without prompts */
async function payloadOf({ model, system, cacheId, prompts, promptsFile }: WarmingSettings): Promise<WarmCachePayload> {
  const fromFile = promptsFile === undefined ? [] : await readPrompts(promptsFile);
  const payload = { model, prompts: [...(prompts ?? []), ...fromFile] };
  return { ...payload, ...(system !== undefined && { system }), ...(cacheId !== undefined && { cacheId }) };
}

async function readPrompts(path: string): Promise<string[]> {
  try {
    const lines = (await readFile(path, 'utf8')).split(/\r?\n/);
    return lines.map((line) => line.trim()).filter((line) => line !== '');
  } catch (error) {
    throw new ServiceError('invalid_request', 'promptsFile cannot be read.', {}, { cause: error });
  }
}
