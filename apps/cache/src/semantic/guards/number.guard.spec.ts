import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { numberGuard } from './number.guard.js';

describe('number guard: numbers that differ', () => {
  const vetoes = (a: string, b: string): boolean => numberGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['another number', 'Give me 5 tips for sleep', 'Give me 7 tips for sleep'],
    ['a number on one side only', 'Give me five tips', 'Give me tips'],
    ['another version', 'What is new in Python 3.1?', 'What is new in Python 3.10?'],
    ['the other side of a bound', 'Phones under $300', 'Phones over $300'],
    ['a bound that excludes its number', 'People of at least 18 years', 'People of more than 18 years'],
    ['numbers in exchanged places', 'What is 10 divided by 2?', 'What is 2 divided by 10?'],
    ['another ordinal', 'Explain the second law', 'Explain the third law'],
    ['another number in words', 'Two hundred and five apples', 'Two hundred and six apples'],
    ['a reversed range', 'From 5 to 10', 'From 10 to 5'],
    ['another sign', 'What is -5 plus x?', 'What is 5 plus x?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['digits and words', 'Give me five tips for sleep', 'For sleep, give me 5 tips'],
    ['thousands separators', 'Is 1,000 enough?', 'Is 1000 enough?'],
    ['the pronoun one', 'Is one of them right?', 'Is any of them right?'],
    ['two ways of saying under', 'Phones below 300', 'Phones less than 300'],
    [
      'numbers that keep their units in another order',
      'If I save 500 dollars for 3 years',
      'For 3 years I save 500 dollars',
    ],
    ['scales', 'About 2 million people', 'About 2,000,000 people'],
    ['a denied bound', 'not more than 5 people', 'at most 5 people'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
