import { Injectable } from '@nestjs/common';
import { EstimateRepository } from './estimate.repository.js';
import { lengthClass, percentile95 } from './output-lengths.js';

/** Milliseconds for which a replica goes on with what it has read: the estimate of a habit need not be fresh. */
const heldMs = 10_000;
const maxHeld = 5_000;
const mostUnderWay = 100;

interface Held {
  readonly tokens: number | undefined;
  readonly until: number;
}

/** Learns how long a model's answers are for a tenant. Costs no Redis command on most calls, and never fails one. */
@Injectable()
export class OutputLengthService {
  private readonly held = new Map<string, Held>();
  private underWay = 0;

  constructor(private readonly repository: EstimateRepository) {}

  /** Does not wait: an answer that is not counted costs nothing. */
  learn(tenant: string, model: string, outputTokens: number): void {
    if (this.underWay >= mostUnderWay) return;
    this.underWay += 1;
    this.repository
      .count(tenant, model, lengthClass(outputTokens))
      .catch(() => undefined)
      .finally(() => (this.underWay -= 1));
  }

  /** The tokens that 95 of 100 answers did not exceed; nothing while too few were seen, or Redis is away. */
  async learned(tenant: string, model: string): Promise<number | undefined> {
    const name = `${tenant}:${model}`;
    const held = this.held.get(name);
    if (held && held.until > performance.now()) return held.tokens;
    const counts = await this.repository.read(tenant, model).catch(() => undefined);
    // Redis is away: what was known is better than nothing, and the next call asks again.
    if (!counts) return held?.tokens;
    return this.hold(name, percentile95(counts));
  }

  private hold(name: string, tokens: number | undefined): number | undefined {
    this.held.delete(name);
    this.held.set(name, { tokens, until: performance.now() + heldMs });
    if (this.held.size > maxHeld) this.held.delete(this.held.keys().next().value!);
    return tokens;
  }
}
