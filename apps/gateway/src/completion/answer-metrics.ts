import { Injectable } from '@nestjs/common';
import { KnownSeries, Metrics } from '#service';
import type { Dialect } from './dialect.js';
import type { Answer } from './outcome.js';

/** Counts answers by API and by what the cache did; never by model, tenant or anything else that clients choose. */
@Injectable()
export class AnswerMetrics {
  private readonly answers;

  constructor(metrics: Metrics) {
    this.answers = new KnownSeries(
      metrics.counter('larder_answers_total', 'Answers by API, cache result and HTTP status.', [
        'api',
        'cache',
        'status',
      ]),
    );
  }

  count({ name: api }: Dialect, answer: Answer): Answer {
    const { status, headers, isRefused } = answer;
    const cache = headers['x-larder-cache'] ?? (isRefused ? 'refused' : 'replayed');
    this.answers.of(api, cache, String(status)).inc();
    return answer;
  }
}
