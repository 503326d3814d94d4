import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { languageGuard } from './language.guard.js';

describe('language guard: languages', () => {
  const vetoes = (a: string, b: string): boolean => languageGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['English and French', 'What is the capital of France?', 'Quelle est la capitale de la France ?'],
    ['two German questions', 'Wie ist das Wetter in Berlin?', 'Wie ist das Wetter in Berlin heute?'],
    ['another script', 'What is Docker?', 'Что такое Docker?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['keywords', 'python list sort', 'sort a python list'],
    [
      'foreign words in quotation marks',
      "Translate 'je suis la' to English",
      "How do you say 'je suis la' in English?",
    ],
    ['loan words', 'What is déjà vu?', 'What does déjà vu mean?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
