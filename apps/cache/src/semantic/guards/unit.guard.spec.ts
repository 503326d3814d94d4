import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { unitGuard } from './unit.guard.js';

describe('unit guard: units that differ', () => {
  const vetoes = (a: string, b: string): boolean => unitGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['another unit', 'How far is it in km?', 'How far is it in miles?'],
    ['a conversion the other way', 'Convert 5 km to miles', 'Convert 5 miles to km'],
    ['a conversion without numbers the other way', 'Convert km to miles', 'Convert miles to km'],
    ['another scale', 'Is 30 °C hot?', 'Is 30 °F hot?'],
    ['another size', 'Is 5 GB enough?', 'Is 5 MB enough?'],
    ['another currency', 'Costs $20', 'Costs €20'],
    ['bits and bytes', 'Is 100 Mb a lot?', 'Is 100 MB a lot?'],
    ['an equal amount in another unit', 'What is 1 km?', 'What is 1000 m?'],
    ['another span of time', 'Wait 30 seconds', 'Wait 30 minutes'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['two names of a unit', 'How far is 5 km?', 'How far is 5 kilometres?'],
    ['another order with the number', 'How many miles is 5 km?', '5 km is how many miles?'],
    ['sign and word', 'What is 20 percent of it?', 'What is 20% of it?'],
    ['abbreviations', 'Wait 30 sec', 'Wait 30 seconds'],
    ['ordinals that are no seconds', 'Who came in second?', 'Who came in 2nd?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
