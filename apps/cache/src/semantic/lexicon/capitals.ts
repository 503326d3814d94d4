import { wordSet } from './word-list.js';

/** Capitals that name nothing: the pronoun, shouted words, answers' formats. */
export const meaninglessCapitals = wordSet(
  'i a ok please help urgent asap not really very never always must need why how what when where who which faq tldr eli5 diy',
  'btw fyi pls thx lol omg idk the and or but no yes all any am pm',
);
