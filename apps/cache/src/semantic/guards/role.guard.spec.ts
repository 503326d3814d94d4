import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { roleGuard } from './role.guard.js';

describe('role guard: exchanged roles', () => {
  const vetoes = (a: string, b: string): boolean => roleGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['from and to', 'Train from Paris to Rome', 'Train from Rome to Paris'],
    ['conversions', 'Convert Word to PDF', 'Convert PDF to Word'],
    ['comparisons', 'Is Python faster than Ruby?', 'Is Ruby faster than Python?'],
    ['subject and object', 'Why did Germany invade Poland?', 'Why did Poland invade Germany?'],
    ['nouns without capitals', 'Does a dog bite a man?', 'Does a man bite a dog?'],
    ['prepositions', 'Effect of caffeine on sleep', 'Effect of sleep on caffeine'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['markers that keep their words', 'From Paris to Rome by train', 'To Rome from Paris by train'],
    ['the passive', 'Germany invaded Poland', 'Poland was invaded by Germany'],
    ['equals', 'Difference between Java and Rust', 'Difference between Rust and Java'],
    ['a clause moved', 'In Python, how do I call C?', 'How do I call C in Python?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
