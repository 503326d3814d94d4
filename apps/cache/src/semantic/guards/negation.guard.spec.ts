import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { negationGuard } from './negation.guard.js';

describe('negation guard: negations', () => {
  const vetoes = (a: string, b: string): boolean => negationGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['a denied verb', 'Why does it start?', "Why doesn't it start?"],
    ['without', 'Cake with eggs', 'Cake without eggs'],
    ['a denying prefix', 'Is it healthy?', 'Is it unhealthy?'],
    ['an undoing prefix', 'How do I install it?', 'How do I uninstall it?'],
    ['a denying ending', 'Is the tool useful?', 'Is the tool useless?'],
    ['another word denied', 'Foods that are tasty but not healthy', 'Foods that are healthy but not tasty'],
    ['never', 'Can I eat it?', 'Can I never eat it?'],
    ['a missing apostrophe', 'Why cant I log in', 'Why can I log in'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['two ways to deny', "My screen won't turn on", 'My screen is not turning on'],
    ['unable', "I can't log in", 'I am unable to log in'],
    ['free of', 'Bread with no gluten', 'Gluten-free bread'],
    ['politeness that denies', "I don't know how to boil rice", 'How to boil rice'],
    ['why or why not', 'Is it legal? Why or why not?', 'Is it legal?'],
    ['or not', 'Is it legal or not?', 'Is it legal?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
