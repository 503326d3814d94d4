import { decimal, minus, rounded, thousandth, times, toFixed, type Decimal } from './decimal.js';

/** What a calculation starts from; money in dollars, all exact. */
export interface Traffic {
  readonly requestsPerDay: Decimal;
  /** 0–1. */
  readonly hitRate: Decimal;
  readonly pricePer1kTokens: Decimal;
  readonly tokensPerRequest: Decimal;
  /** What embedding a question costs; every request is taken to be embedded once. */
  readonly embeddingPricePer1kTokens: Decimal;
  readonly embeddingTokensPerRequest: Decimal;
}

/** Days. */
const month = 30;
const year = 365;
const cents = 2;
const micros = 6;

/**
 * What a cache saves (requirement A17). Every sum is exact until it is written; then it is rounded once, to the nearest cent
 * or micro-dollar, a half up. A month has 30 days, a year 365.
 */
export function savings(traffic: Traffic) {
  const { requestsPerDay, hitRate, tokensPerRequest } = traffic;
  const tokens = times(requestsPerDay, tokensPerRequest);
  const whole = cost(tokens, traffic.pricePer1kTokens);
  const saved = times(whole, hitRate);
  const paid = minus(whole, saved);
  const embeddingTokens = times(requestsPerDay, traffic.embeddingTokensPerRequest);
  const embedding = cost(embeddingTokens, traffic.embeddingPricePer1kTokens);
  const requestsSaved = times(requestsPerDay, hitRate);
  return {
    ...inUsd('withoutCache', whole),
    ...inUsd('paid', paid),
    ...inUsd('saved', saved),
    ...inUsd('embedding', embedding),
    ...inUsd('netSaved', minus(saved, embedding)),
    paidPerDayMicroUsd: Number(rounded(paid, micros)),
    savedPerDayMicroUsd: Number(rounded(saved, micros)),
    requestsPaidPerDay: Number(rounded(minus(requestsPerDay, requestsSaved), 0)),
    requestsSavedPerDay: Number(rounded(requestsSaved, 0)),
    tokensSavedPerDay: Number(rounded(times(tokens, hitRate), 0)),
  };
}

function cost(tokens: Decimal, pricePer1k: Decimal): Decimal {
  return times(times(tokens, pricePer1k), thousandth);
}

type Sum = 'withoutCache' | 'paid' | 'saved' | 'embedding' | 'netSaved';
type InUsd<Name extends Sum> = Record<`${Name}Per${'Day' | 'Month' | 'Year'}Usd`, string>;

function inUsd<Name extends Sum>(name: Name, perDay: Decimal): InUsd<Name> {
  const usd = (days: number): string => toFixed(times(perDay, decimal(days)), cents);
  const sums = { [`${name}PerDayUsd`]: usd(1), [`${name}PerMonthUsd`]: usd(month), [`${name}PerYearUsd`]: usd(year) };
  return sums as InUsd<Name>;
}
