import { meaninglessCapitals } from '../lexicon/capitals.js';
import { functionWords, lightWords } from '../lexicon/function-words.js';
import { knownNames, nameAliases } from '../lexicon/names.js';
import type { Token } from './tokens.js';

/** A proper name, by its capital or because it is known. */
export interface Entity {
  /** Canonical, lower case. */
  readonly name: string;
  /** Index of its token. */
  readonly at: number;
}

export function canonicalName(word: string): string {
  const bare = word.length > 4 && word.endsWith('s') && !knownNames.has(word) ? word.slice(0, -1) : word;
  return nameAliases.get(word) ?? nameAliases.get(bare) ?? word;
}

/** The names in a question, in order. Capitals tell only where the text uses them sparingly. */
export function readEntities(tokens: readonly Token[], used: ReadonlySet<number>): Entity[] {
  const capitalsTell = areSparing(tokens.filter(({ kind, word }) => kind === 'word' && word.length > 1));
  return tokens.flatMap((token, at) =>
    token.kind === 'word' && !used.has(at) && isName(token, capitalsTell)
      ? [{ name: canonicalName(token.word), at }]
      : [],
  );
}

/** "How Do I Reset My Password" is a title: words that are never names have capitals too. */
function areSparing(words: readonly Token[]): boolean {
  const inside = words.filter(({ opensSentence }) => !opensSentence);
  const plain = inside.filter(({ word }) => functionWords.has(word));
  const capitals = plain.filter(({ text }) => /^\p{Lu}/u.test(text)).length;
  if (plain.length > 0) return capitals * 2 < plain.length;
  return inside.length < 2 || inside.some(({ text }) => !/^\p{Lu}/u.test(text)) || words.length > inside.length + 1;
}

function isName({ text, word, opensSentence }: Token, capitalsTell: boolean): boolean {
  const hasCapital = capitalsTell && /^\p{Lu}/u.test(text) && !meaninglessCapitals.has(word);
  const isAcronym = hasCapital && /^\p{Lu}{2,}$/u.test(text);
  if (isAcronym) return true;
  if (hasCapital && !opensSentence) return !functionWords.has(word) && !lightWords.has(word);
  const inCapitals = /^\p{Lu}/u.test(text);
  return isKnownName(word, inCapitals);
}

/** Names that are ordinary words too need their capital. */
const ordinary = new Set(
  'who word excel go turkey china chile jordan spring rust swift oracle express pixel galaxy meta apple amazon mercury mars ruby java teams notion stripe zoom slack visa outlook prague polish turn'.split(
    ' ',
  ),
);

function isKnownName(word: string, inCapitals: boolean): boolean {
  if (ordinary.has(word)) return false;
  return (
    knownNames.has(word) ||
    (nameAliases.has(word) && (inCapitals || !['us', 'node', 'mac', 'insta', 'mongo', 'go'].includes(word)))
  );
}
