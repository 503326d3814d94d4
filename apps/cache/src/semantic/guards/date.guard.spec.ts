import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { dateGuard } from './date.guard.js';

describe('date guard: times that differ', () => {
  const vetoes = (a: string, b: string): boolean => dateGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['another day', 'Weather today', 'Weather tomorrow'],
    ['another month', 'Sales in March', 'Sales in April'],
    ['another weekday', 'Open on Monday?', 'Open on Tuesday?'],
    ['another year', 'Who won in 2019?', 'Who won in 2020?'],
    ['another quarter', 'Revenue of Q1', 'Revenue of Q2'],
    ['another half of the day', 'Meet at 9 am', 'Meet at 9 pm'],
    ['another week', 'News of last week', 'News of this week'],
    ['another decade', 'Music of the 1980s', 'Music of the 1990s'],
    ['another date', 'On 5 May 2024', 'On 15 May 2024'],
    ['an exchanged range', 'From Monday to Friday', 'From Friday to Monday'],
    ['a time on one side only', 'What is on?', 'What is on tonight?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['two ways to write a date', 'The 5th of March', 'March 5'],
    ['may that is no month', 'May I come in?', 'Can I come in?'],
    ['a mistyped weekday', 'Open on wensday?', 'Open on Wednesday?'],
    ['another place in the sentence', 'In 2020, who won?', 'Who won in 2020?'],
    ['words for the present', 'Who is currently king?', 'Who is king now?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
