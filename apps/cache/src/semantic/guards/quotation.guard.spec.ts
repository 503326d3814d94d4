import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { quotationGuard } from './quotation.guard.js';

describe('quotation guard: quotations', () => {
  const vetoes = (a: string, b: string): boolean => quotationGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['another quotation', 'Translate "good morning"', 'Translate "good night"'],
    ['exchanged quotations', 'Replace "a" with "b"', 'Replace "b" with "a"'],
    ['code', 'What does `npm ci` do?', 'What does `npm i` do?'],
    ['single marks', "Meaning of 'cat'", "Meaning of 'dog'"],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['marks on one side only', 'What does "ubiquitous" mean?', 'What does ubiquitous mean?'],
    ['kinds of marks', 'What does “hi” mean?', "What does 'hi' mean?"],
    ['apostrophes', "Don't stop, won't stop", 'Do not stop, will not stop'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
