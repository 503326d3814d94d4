import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { wordingGuard } from './wording.guard.js';

describe('wording guard: the word that matters', () => {
  const vetoes = (a: string, b: string): boolean => wordingGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['another verb', 'How do I cancel my order?', 'How do I track my order?'],
    ['other nouns', 'Side effects of green tea', 'Health benefits of green tea'],
    ['a narrower question', 'List files in a folder', 'List hidden files in a folder'],
    ['another intent', 'What is a mortgage?', 'How do I get a mortgage?'],
    ['another light verb', 'How do I make yoghurt?', 'How do I use yoghurt?'],
    ['technical words one letter apart', 'Is lactose bad?', 'Is lactase bad?'],
    ['words one letter apart', 'How do I train a horse?', 'How do I train a house?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['synonyms', 'How do I fix a leaking tap?', 'How do I repair a leaking faucet?'],
    ['slips', 'How do I reset my password?', 'How do I resset my pasword?'],
    ['words written together', 'How do I log in?', 'How do I login?'],
    ['nouns and verbs', 'Who is the author of it?', 'Who wrote it?'],
    ['other words altogether', 'Ways to shed some pounds', 'How can I lose weight?'],
    ['what is asked for', 'What is the boiling point of brine?', 'At which temperature does brine boil?'],
    ['superlatives of synonyms', 'What is the hardest exam here?', 'What is the most difficult exam here?'],
    ['light adjectives', 'What is the best way to learn it?', "What's the easiest way to learn it?"],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
