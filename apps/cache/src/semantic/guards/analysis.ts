import { askedNouns } from '../lexicon/asked-nouns.js';
import { functionWords, lightWords } from '../lexicon/function-words.js';
import { knownNames } from '../lexicon/names.js';
import { readDates, type Dates } from './dates.js';
import { canonicalName, readEntities, type Entity } from './entities.js';
import { languageOf, type Language } from './language.js';
import { readQuantities, type Quantities } from './quantities.js';
import { readQuotations, withoutQuotations } from './quotations.js';
import { stem } from './stem.js';
import { normalise, tokenise, withoutFiller, type Token } from './tokens.js';

/** A word that carries meaning. */
export interface ContentWord {
  readonly word: string;
  readonly stem: string;
  /** Index of its token. */
  readonly at: number;
  /** May be missing on one side. */
  readonly isLight: boolean;
}

/** What the guards know of a question: read once, used by all of them. */
export interface Analysis {
  /** As it was asked, in one spelling. */
  readonly text: string;
  readonly language: Language;
  /** Without filler. */
  readonly tokens: readonly Token[];
  readonly words: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
  readonly content: readonly ContentWord[];
  readonly quotations: readonly string[];
  readonly identifiers: readonly string[];
  readonly dates: Dates;
  readonly quantities: Quantities;
  readonly entities: readonly Entity[];
}

/**
 * What a question asks, without politeness and address: the text to embed, so that "hi, could you tell me …" costs no
 * similarity. Never empty where the question is not.
 */
export function essenceOf(question: string): string {
  const text = normalise(question);
  return withoutFiller(text) || text;
}

export function analyse(question: string): Analysis {
  const text = normalise(question);
  const tokens = tokenise(withoutFiller(text));
  const dates = readDates(tokens);
  const quantities = readQuantities(tokens, dates.used);
  const used = new Set([...dates.used, ...quantities.used]);
  return {
    text,
    language: languageOf(withoutQuotations(text), tokenise(withoutQuotations(text))),
    tokens,
    words: new Set(tokens.map(({ word }) => canonicalName(word))),
    stems: new Set(tokens.map((token) => token.stem)),
    content: readContent(tokens, used),
    quotations: readQuotations(text),
    identifiers: tokens.filter(isIdentifier).map(({ word }) => word),
    dates,
    quantities,
    entities: readEntities(tokens, used),
  };
}

/** Camel case counts too, unless it is the spelling of a well-known name ("JavaScript"). */
function isIdentifier({ kind, text, word }: Token): boolean {
  return kind === 'identifier' || (/\p{Ll}\p{Lu}/u.test(text) && !knownNames.has(canonicalName(word)));
}

function readContent(tokens: readonly Token[], used: ReadonlySet<number>): ContentWord[] {
  return tokens.flatMap((token, at) => {
    const isWord = token.kind === 'word' || token.kind === 'identifier';
    if (!isWord || used.has(at) || functionWords.has(token.word)) return [];
    const word = canonicalName(token.word);
    const isLight = lightWords.has(token.word) || lightWords.has(stem(word)) || isAskedFor(tokens, at);
    return [{ word, stem: stem(word), at, isLight }];
  });
}

/** "Which city", "what year": part of the question word, whose guard reads it. */
function isAskedFor(tokens: readonly Token[], at: number): boolean {
  return /^(?:which|what)$/u.test(tokens[at - 1]?.word ?? '') && askedNouns.has(tokens[at]?.word ?? '');
}
