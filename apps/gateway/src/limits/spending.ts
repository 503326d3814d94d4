import type { CostEstimate } from '#contracts';
import { estimatedCost, reportedCost, type ReportedUsage } from './model-cost.js';
import type { SettlementService } from './settlement.service.js';
import { tokensOf } from './token-estimate.js';

/** What is known of a call that was made. */
export interface Spent {
  readonly usage?: ReportedUsage | null | undefined;
  /** Of the usage, by the price table. */
  readonly microUsd: number;
  /** Of what came of the answer. */
  readonly writtenBytes: number;
}

/** What was set aside for one model call; closed once, by whatever came first. No method ever rejects. */
export class Spending {
  private isClosed = false;

  constructor(
    private readonly reservation: { readonly tenant: string; readonly id: string },
    private readonly estimate: CostEstimate,
    private readonly settlements: SettlementService,
    private readonly release: () => void,
  ) {}

  /** By what upstream reported; where it reported nothing, by an estimate that is marked as one. */
  async settle({ usage, microUsd, writtenBytes }: Spent): Promise<void> {
    if (!this.close()) return;
    const cost = reportedCost(usage, microUsd);
    await this.settlements.settle({
      ...this.reservation,
      cost: cost ?? estimatedCost(this.estimate, tokensOf(writtenBytes)),
      ...(!cost && { estimated: true }),
    });
  }

  /** The model was not asked, or refused: nothing was spent. */
  async cancel(): Promise<void> {
    if (this.close()) await this.settlements.cancel(this.reservation);
  }

  private close(): boolean {
    if (this.isClosed) return false;
    this.isClosed = true;
    this.release();
    return true;
  }
}
