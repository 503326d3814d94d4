import { functionWords, lightWords, nearWords } from '../lexicon/function-words.js';
import { knownNames } from '../lexicon/names.js';
import { synonyms } from '../lexicon/synonyms.js';
import { wordSet } from '../lexicon/word-list.js';
import type { Analysis } from './analysis.js';
import type { Entity } from './entities.js';
import type { Guard } from './guard.js';
import { stem } from './stem.js';
import { isSlipOfUnknown, isTypingError } from './typing-error.js';

/** A name in one question stands in the other too, if not to the letter then as a slip of a name that is known. */
export const entityGuard: Guard = {
  name: 'entity',
  languages: ['en'],
  vetoes: (a, b) => misses(a, b) || misses(b, a),
};

function misses(a: Analysis, b: Analysis): boolean {
  const initials = initialsOf(b);
  return a.entities.some((entity) => {
    const { name } = entity;
    if (b.words.has(name) || b.stems.has(stem(name)) || initials.has(name)) return false;
    return !isMistyped(name, b) && !isFirstName(entity, a, b);
  });
}

/** Words before a name that make it another place or thing: "South Korea", "New Mexico". */
const distinguishing = wordSet(
  'north south east west northern southern eastern western new old upper lower central san saint',
);

/** "Donald Trump" is Trump where the other question has no other first name for him. */
function isFirstName({ name, at }: Entity, a: Analysis, b: Analysis): boolean {
  const surname = a.entities.find((other) => other.at === at + 1)?.name;
  if (
    surname === undefined ||
    knownNames.has(name) ||
    distinguishing.has(name) ||
    !/^\p{Lu}\p{Ll}/u.test(a.tokens[at]?.text ?? '')
  )
    return false;
  const others = b.entities.filter((other) => other.name === surname);
  return others.length > 0 && others.every((other) => !b.entities.some((before) => before.at === other.at - 1));
}

function isMistyped(name: string, { words, tokens }: Analysis): boolean {
  const joined = tokens.slice(1).map(({ word }, index) => (tokens[index]?.word ?? '') + word);
  if (joined.includes(name) || [...words].some((word) => areSynonyms(name, word))) return true;
  return [...words].some((word) => {
    if (!knownNames.has(name) && !knownNames.has(word) && isSlipOfUnknown(name, word)) return true;
    const ordinary = functionWords.has(word) || lightWords.has(word) || nearWords.has(word);
    return knownNames.has(name) !== knownNames.has(word) && !ordinary && isTypingError(name, word);
  });
}

function areSynonyms(a: string, b: string): boolean {
  const groups = synonyms.get(b);
  return groups !== undefined && [...(synonyms.get(a) ?? [])].some((group) => groups.has(group));
}

/** "ML" stands for "machine learning" when the other question spells it out. */
function initialsOf({ tokens }: Analysis): ReadonlySet<string> {
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ word }) => word);
  const pairs = words.slice(1).map((word, index) => (words[index]?.[0] ?? '') + (word[0] ?? ''));
  const triples = pairs.slice(1).map((pair, index) => (words[index]?.[0] ?? '') + pair);
  return new Set([
    ...triples,
    ...words.slice(3).map(
      (word, index) =>
        words
          .slice(index, index + 3)
          .map(([letter = '']) => letter)
          .join('') + (word[0] ?? ''),
    ),
  ]);
}
