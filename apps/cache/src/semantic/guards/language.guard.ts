import type { Guard } from './guard.js';

/** Questions that are not both confidently English are for exact matching; switched off, only a difference of language counts. */
export const languageGuard: Guard = {
  name: 'language',
  languages: 'any',
  vetoes: (a, b) => a.language !== 'en' || b.language !== 'en',
};

/** Holds even where other languages are allowed: an answer in another language is a wrong answer. */
export const sameLanguageGuard: Guard = {
  name: 'language',
  languages: 'any',
  vetoes: (a, b) => a.language !== b.language,
};
