import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SettleReservationRequest } from '#contracts';
import { Metrics, ServiceEnv, type Log } from '#service';
import { LimitsUnavailableError, type LimitsClient } from './limits.client.js';
import { SettlementService } from './settlement.service.js';
import { Spending } from './spending.js';

const reservation = { tenant: 't', id: 'a'.repeat(32) };
const estimate = { model: 'm', inputTokens: 8, inputPer1M: 1_000, outputPer1M: 2_000 };
const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

let settled: SettleReservationRequest[];
let cancelled: string[];
let released: number;
let answers: (Error | undefined)[];
let spending: Spending;
let metrics: Metrics;

beforeEach(() => {
  [settled, cancelled, answers, released] = [[], [], [], 0];
  const next = () => {
    const fault = answers.shift();
    if (fault) throw fault;
  };
  const client: Partial<Record<keyof LimitsClient, unknown>> = {
    settle: async (request: SettleReservationRequest) => {
      next();
      settled.push(request);
      return { settled: true, limits: [] };
    },
    cancel: async ({ id }: { id: string }) => {
      next();
      cancelled.push(id);
      return { cancelled: true };
    },
  };
  metrics = new Metrics();
  const log = { error: () => {} } as unknown as Log;
  const settlements = new SettlementService(client as LimitsClient, new ServiceEnv(), log, metrics);
  spending = new Spending(reservation, estimate, settlements, () => (released += 1));
});

const counted = async () => {
  const { values } = await metrics.registry.getSingleMetric('larder_gateway_settlements_total')!.get();
  return values.map(({ labels, value }) => [labels['result'], value]);
};

describe('the spending of a model call', () => {
  it('is what upstream reported', async () => {
    await spending.settle({ usage, microUsd: 25, writtenBytes: 400 });
    const cost = { inputTokens: 11, outputTokens: 7, tokens: 18, microUsd: 25 };
    expect(settled).toEqual([{ ...reservation, cost }]);
  });

  it('is an estimate, and marked, where upstream reported nothing', async () => {
    await spending.settle({ microUsd: 0, writtenBytes: 10 });
    const cost = { inputTokens: 8, outputTokens: 3, microUsd: 14_000 };
    expect(settled).toEqual([{ ...reservation, cost, estimated: true }]);
  });

  it('is closed once, by whatever comes first', async () => {
    await spending.cancel();
    await spending.settle({ usage, microUsd: 1, writtenBytes: 0 });
    expect([cancelled, settled, released]).toEqual([[reservation.id], [], 1]);
  });

  it('is told again when the limit service was away, and keeps nobody waiting', async () => {
    jest.useFakeTimers();
    try {
      answers = [new LimitsUnavailableError('away'), new LimitsUnavailableError('away')];
      const told = spending.settle({ usage, microUsd: 1, writtenBytes: 0 });
      await jest.advanceTimersByTimeAsync(50);
      await told;
      expect(settled).toEqual([]);
      await jest.advanceTimersByTimeAsync(6_000);
      expect(settled).toHaveLength(1);
      expect(await counted()).toEqual([['settled', 1]]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('never fails the answer that it is for', async () => {
    answers = [new Error('a fault')];
    await spending.settle({ usage, microUsd: 1, writtenBytes: 0 });
    expect(await counted()).toEqual([['lost', 1]]);
  });
});
