import { Injectable } from '@nestjs/common';
import type { CacheScope, CacheStatistics, ReadStatisticsRequest } from '#contracts';
import { Metrics } from '#service';
import { CountsSum, modelField, type Increments } from './counts.js';
import { dayOf, daysBetween } from './days.js';
import { GatheredUses } from './gathered-uses.js';
import { StatisticsRepository } from './statistics.repository.js';

/** Days read at once. */
const batchSize = 20;

/** Larder's own counting of what the cache did: sent with the request itself, so that a kill loses only what is in flight. */
@Injectable()
export class StatisticsService {
  private readonly gathered: GatheredUses;

  constructor(
    private readonly repository: StatisticsRepository,
    metrics: Metrics,
  ) {
    const help = 'Sums of uses that could not be written to the statistics';
    const lost = metrics.counter('larder_cache_lost_statistics_total', help);
    this.gathered = new GatheredUses(repository, () => lost.inc());
  }

  /** Does not wait, and never fails: an answer is worth more than its count. Bounded by the command timeout of Redis. */
  count(scope: CacheScope, increments: Increments, model = ''): void {
    this.gathered.add(scope, { day: dayOf(Date.now()), model: model && modelField(model), increments });
  }

  /** Days and models without any use are left out. */
  async read({ tenant, cacheId, from, to }: ReadStatisticsRequest): Promise<CacheStatistics> {
    const days = daysBetween(from, to);
    const whole = new CountsSum();
    const byDay = new Map<string, CountsSum>();
    const byModel = new Map<string, CountsSum>();
    for (let start = 0; start < days.length; start += batchSize) {
      const batch = days.slice(start, start + batchSize);
      const read = await Promise.all(batch.map((day) => this.repository.read({ tenant, cacheId }, day)));
      read.forEach((fields, index) => addFields(fields, { whole, byModel, day: within(byDay, batch[index]!, fields) }));
    }
    return { from, to, ...whole.counts(), byDay: plain(byDay), byModel: plain(byModel) };
  }
}

interface Sums {
  readonly whole: CountsSum;
  readonly day: CountsSum;
  readonly byModel: Map<string, CountsSum>;
}

function addFields(fields: Record<string, string>, { whole, day, byModel }: Sums): void {
  for (const [field, text] of Object.entries(fields)) {
    const amount = Number(text);
    const at = field.indexOf('@');
    if (field === 'models' || field.startsWith('seen@') || !Number.isSafeInteger(amount)) continue;
    const counter = at < 0 ? field : field.slice(0, at);
    whole.add(counter, amount);
    day.add(counter, amount);
    if (at >= 0) sumOf(byModel, field.slice(at + 1)).add(counter, amount);
  }
}

function within(byDay: Map<string, CountsSum>, day: string, fields: Record<string, string>): CountsSum {
  return Object.keys(fields).length > 0 ? sumOf(byDay, day) : new CountsSum();
}

function sumOf(sums: Map<string, CountsSum>, name: string): CountsSum {
  const sum = sums.get(name) ?? new CountsSum();
  sums.set(name, sum);
  return sum;
}

function plain(sums: Map<string, CountsSum>): Record<string, ReturnType<CountsSum['counts']>> {
  return Object.fromEntries([...sums].map(([name, sum]) => [name, sum.counts()]));
}
