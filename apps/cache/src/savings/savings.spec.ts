import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDecimal, type Decimal } from './decimal.js';
import { savings, type Traffic } from './savings.js';

function number(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (!parsed) throw new TypeError(`${text} is no decimal number`);
  return parsed;
}

function traffic(more: Readonly<Partial<Record<keyof Traffic, string>>> = {}): Traffic {
  const texts = {
    requestsPerDay: '10000',
    hitRate: '0.7',
    pricePer1kTokens: '0.003',
    tokensPerRequest: '500',
    embeddingPricePer1kTokens: '0',
    embeddingTokensPerRequest: '50',
    ...more,
  };
  return {
    requestsPerDay: number(texts.requestsPerDay),
    hitRate: number(texts.hitRate),
    pricePer1kTokens: number(texts.pricePer1kTokens),
    tokensPerRequest: number(texts.tokensPerRequest),
    embeddingPricePer1kTokens: number(texts.embeddingPricePer1kTokens),
    embeddingTokensPerRequest: number(texts.embeddingTokensPerRequest),
  };
}

describe('what a cache saves', () => {
  it("is the field's example to the cent", () => {
    expect(savings(traffic())).toMatchObject({
      withoutCachePerDayUsd: '15.00',
      paidPerDayUsd: '4.50',
      savedPerDayUsd: '10.50',
      savedPerMonthUsd: '315.00',
      savedPerYearUsd: '3832.50',
      requestsPaidPerDay: 3_000,
      requestsSavedPerDay: 7_000,
      tokensSavedPerDay: 3_500_000,
      paidPerDayMicroUsd: 4_500_000,
      netSavedPerDayUsd: '10.50',
    });
  });

  it('is net of embedding every question, and may be a loss', () => {
    const embedded = { embeddingPricePer1kTokens: '0.00002' };
    expect(savings(traffic(embedded))).toMatchObject({ embeddingPerDayUsd: '0.01', netSavedPerDayUsd: '10.49' });
    expect(savings(traffic({ ...embedded, hitRate: '0' }))).toMatchObject({
      savedPerDayUsd: '0.00',
      netSavedPerMonthUsd: '-0.30',
    });
  });

  it('takes a month as 30 exact days, not as 30 rounded ones', () => {
    const small = { requestsPerDay: '1', tokensPerRequest: '1', pricePer1kTokens: '4', hitRate: '1' };
    expect(savings(traffic(small))).toMatchObject({ savedPerDayUsd: '0.00', savedPerMonthUsd: '0.12' });
  });

  it('rounds a half up, where floating point falls short of it', () => {
    // 1.005 is 1.00499… in floating point.
    const half = { requestsPerDay: '1', tokensPerRequest: '1000', pricePer1kTokens: '1.005', hitRate: '1' };
    expect(savings(traffic(half)).savedPerDayUsd).toBe('1.01');
  });

  it('saves and pays exactly what the whole costs', () => {
    const share = fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => (millionths / 1_000_000).toFixed(6));
    const whole = fc.integer({ min: 0, max: 1_000_000_000 }).map(String);
    fc.assert(
      fc.property(whole, share, whole, (requestsPerDay, hitRate, tokensPerRequest) => {
        // Micro-dollars to the last digit: price × tokens × share has no more of them here.
        const made = savings(traffic({ requestsPerDay, hitRate, tokensPerRequest, pricePer1kTokens: '1000' }));
        const cents = (text: string): bigint => BigInt(text.replace('.', ''));
        const gap = cents(made.paidPerDayUsd) + cents(made.savedPerDayUsd) - cents(made.withoutCachePerDayUsd);
        expect([0n, 1n]).toContain(gap);
      }),
    );
  });
});

describe('a decimal number', () => {
  it.each([
    ['0', 0n, 0],
    ['0.70', 70n, 2],
    ['.5', 5n, 1],
    ['5.', 5n, 0],
    ['3e-7', 3n, 7],
    ['1e4', 10_000n, 0],
    ['1.5E1', 15n, 0],
  ])('is read from %s', (text, digits, places) => {
    expect(parseDecimal(text)).toEqual({ digits, places });
  });

  it.each(['', '.', 'e5', '-1', '+1', '1,5', '0x10', 'NaN', 'Infinity', ' 1', '1e999', '1'.repeat(19)])(
    'is not read from %j',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );
});
