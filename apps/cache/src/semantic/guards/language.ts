import { englishWords, otherLanguages } from '../lexicon/other-languages.js';
import { functionWords, lightWords, nearWords } from '../lexicon/function-words.js';
import { synonyms } from '../lexicon/synonyms.js';
import { stem } from './stem.js';
import type { Token } from './tokens.js';

/** `en`, another language's code, a script's name, or `unknown`. */
export type Language = string;

const scripts: ReadonlyArray<readonly [Language, RegExp]> = [
  ['cyrillic', /\p{Script=Cyrillic}/gu],
  ['arabic', /\p{Script=Arabic}/gu],
  ['hebrew', /\p{Script=Hebrew}/gu],
  ['greek', /\p{Script=Greek}/gu],
  ['devanagari', /\p{Script=Devanagari}/gu],
  ['thai', /\p{Script=Thai}/gu],
  ['hangul', /\p{Script=Hangul}/gu],
  ['kana', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['han', /\p{Script=Han}/gu],
];

/** The language of a question without its quotations. English only when its words say so more than any other language's. */
export function languageOf(text: string, tokens: readonly Token[]): Language {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  for (const [name, script] of scripts) {
    if ((text.match(script)?.length ?? 0) * 4 > letters) return name;
  }
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ word }) => word);
  const written = tokens.filter(({ kind }) => kind === 'word').map((token) => token.text.toLowerCase());
  const english = count(
    words.filter((_, index) => /^\p{ASCII}*$/u.test(written[index] ?? '')),
    englishWords,
  );
  const [language, score] = strongest(written);
  // A few foreign words may be what the question is about.
  if (english > score || (english >= 2 && english === score)) return 'en';
  if (score > english) return language;
  const isPlain = !/[^\p{ASCII}\p{S}\p{P}]/u.test(text);
  return isPlain && words.some(isFamiliar) ? 'en' : 'unknown';
}

function strongest(words: readonly string[]): [Language, number] {
  let best: [Language, number] = ['unknown', 0];
  for (const [language, known] of Object.entries(otherLanguages)) {
    const score = words.filter((word) => known.has(word) && !englishWords.has(word)).length;
    if (score > best[1]) best = [language, score];
  }
  return best;
}

function count(words: readonly string[], known: ReadonlySet<string>): number {
  return words.filter((word) => known.has(word)).length;
}

/** Keywords without grammar ("python list sort") are English when one of them is a word that English has. */
function isFamiliar(word: string): boolean {
  return (
    (word.length > 3 && (functionWords.has(word) || lightWords.has(word) || nearWords.has(word))) ||
    synonyms.has(word) ||
    synonyms.has(stem(word))
  );
}
