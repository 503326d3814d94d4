import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { entityGuard } from './entity.guard.js';

describe('entity guard: names that differ', () => {
  const vetoes = (a: string, b: string): boolean => entityGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['another country', 'Capital of France', 'Capital of Germany'],
    ['names without capitals', 'capital of slovakia', 'capital of slovenia'],
    ['unknown names', 'Who is Ron Weasley?', 'Who is Draco Malfoy?'],
    ['acronyms', 'What does the FBI do?', 'What does the CIA do?'],
    ['names that are nearly alike', 'Who was Hansen?', 'Who was Hanson?'],
    ['known names one letter apart', 'Is it in Gambia?', 'Is it in Zambia?'],
    ['other first names', 'Who was Theodore Roosevelt?', 'Who was Franklin Roosevelt?'],
    ['a direction before a name', 'Weather in North Carolina', 'Weather in Carolina'],
    ['a name on one side only', 'Restaurants in Rome', 'Restaurants'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['two names of one country', 'Weather in the USA', 'Weather in the United States'],
    ['case', 'Sort a list in JavaScript', 'sort a list in javascript'],
    ['a mistyped known name', 'Capital of Austraila', 'Capital of Australia'],
    ["a title's capitals", 'How Do I Reset My Password', 'how do I reset my password'],
    ['adjectives of countries', 'The French president', 'The president of France'],
    ['a first name on one side', 'How old is Serena Vandermolen?', 'How old is Vandermolen?'],
    ['points in initials', 'A visa for the U.S', 'A visa for the U.S.'],
    ['shouting', 'Is it REALLY safe?', 'Is it safe?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
