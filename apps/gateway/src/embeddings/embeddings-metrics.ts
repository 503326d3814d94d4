import { Injectable } from '@nestjs/common';
import { Metrics } from '#service';
import type { Outcome } from '../completion/outcome.js';

/** Counts answers of `/v1/embeddings` by what the cache did; never by anything that clients choose. */
@Injectable()
export class EmbeddingsMetrics {
  private readonly answers;

  constructor(metrics: Metrics) {
    this.answers = metrics.counter(
      'larder_embeddings_answers_total',
      'Answers of /v1/embeddings by cache result and HTTP status.',
      ['cache', 'status'],
    );
  }

  count(outcome: Outcome): Outcome {
    this.answers.inc({ cache: outcome.headers['x-larder-cache'] ?? 'none', status: String(outcome.status) });
    return outcome;
  }
}
