import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { operatorGuard } from './operator.guard.js';

describe('operator guard: the signs of a formula', () => {
  const vetoes = (a: string, b: string): boolean => operatorGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['plus and divided by', 'What is 7 + 3 in octal arithmetic?', 'What is 7 / 3 in octal arithmetic?'],
    ['plus and minus of a variable', 'The result of x + 5', 'The result of x - 5'],
    ['times', 'What is 7 + 3?', 'What is 7 * 3?'],
    ['equal and unequal', 'What does a == b mean?', 'What does a != b mean?'],
    ['less and at most', 'What does x <= y mean?', 'What does x < y mean?'],
    ['operators in another order', 'What is 2 + 3 * 4?', 'What is 2 * 3 + 4?'],
    ['grades', 'How is the grade A+ computed?', 'How is the grade A- computed?'],
    ['a blood type and its group', 'Who may give to O-?', 'Who may give to O?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['signs and words', 'What is 7 + 3?', 'What is 7 plus 3?'],
    ['white space', 'What is 7+3?', 'What is 7 + 3?'],
    ['dashes between words', 'What is a check-in?', 'What is a check in?'],
    ['slashes between words', 'Is it on and/or off?', 'Is it on or off?'],
    ['ranges in words', 'It takes 5-10 days', 'It takes 5 to 10 days'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
