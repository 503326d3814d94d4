import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { scopeGuard } from './scope.guard.js';

describe('scope guard: small words that turn a question', () => {
  const vetoes = (a: string, b: string): boolean => scopeGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['some and all', 'List some users of it', 'List all users of it'],
    ['only', 'Are only adults allowed?', 'Are adults allowed?'],
    ['may and must', 'Can I cancel it before renewal?', 'Must I cancel it before renewal?'],
    ['future and past', 'Will the bridge open?', 'Did the bridge open?'],
    ['present and past', 'Is the bridge open?', 'Was the bridge open?'],
    ['and against or', 'Who sees the report and the summary?', 'Who sees the report or the summary?'],
    ['he and she', 'What did he say?', 'What did she say?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['may in two words', 'Can I freeze it?', 'May I freeze it?'],
    ['other words altogether', 'Is it safe to eat raw eggs?', 'Can eating raw eggs make me sick?'],
    ['all on one side', 'Where are all the users?', 'Where are the users?'],
    ['both orders of a pair', 'Salt and pepper', 'Pepper and salt'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
