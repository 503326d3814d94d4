import type { Guard } from './guard.js';

/** Characters above which one number inside weighs too little for any comparison by meaning; LangCache's bound on prompts. */
export const maxComparedLength = 1_024;

export const lengthGuard: Guard = {
  name: 'length',
  languages: 'any',
  vetoes: (a, b) => Math.max(a.text.length, b.text.length) > maxComparedLength,
};
