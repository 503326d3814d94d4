import { fillerPhrases } from '../lexicon/filler-phrases.js';
import { nameForms } from '../lexicon/names.js';
import { stem } from './stem.js';

type TokenKind = 'word' | 'number' | 'identifier' | 'symbol';

/** A piece of a question. */
export interface Token {
  readonly kind: TokenKind;
  /** As it was written. */
  readonly text: string;
  /** In lower case, without accents; contractions are spelt out. */
  readonly word: string;
  /** The form under which its inflections meet. */
  readonly stem: string;
  /** The first of a sentence, where a capital says nothing. */
  readonly opensSentence: boolean;
}

const url = String.raw`https?:\/\/[^\s<>"'\x60)]+|www\.[^\s<>"'\x60)]+`;
const address = String.raw`[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|@[\w-]+\/[\w.-]+`;
const uuid = String.raw`\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b|\b0x[\da-f]+\b`;
const path = String.raw`(?<![\p{L}\d])(?:[a-z]:\\[\w\\.-]+|(?:~|\.{1,2})?\/[\w.@-]*[\p{L}_][\w.@-]*(?:\/[\w.@-]+)*\/?)|\b[\w-]+(?:\/[\w-]+)*\.(?:tsx?|jsx?|mjs|py|json|ya?ml|toml|md|txt|csv|xlsx?|docx?|pdf|html?|css|s?css|java|kt|rs|go|rb|php|c|cc|cpp|h|hpp|sh|bat|exe|dll|so|sql|xml|env|ini|conf|log|lock|zip|gz|png|jpe?g|gif|svg|mp[34]|wav)\b`;
const flag = String.raw`(?<![\p{L}\d\-])--?[a-z][\w-]*(?:=[\w./-]+)?`;
const call = String.raw`[a-z_$][\w$]*(?:(?:\.|::|->)[\w$]+)*\(\)`;
const dotted = String.raw`[a-z_$][\w$]+(?:(?:\.|::|->)[a-z_$][\w$]+)+`;
const snake = String.raw`[$#]?_{0,2}[a-z\d]+(?:_+[a-z\d]+)+_{0,2}|__[a-z]+__|\$[a-z_][\w]*|#\d+`;
const special = String.raw`c\+\+|[cfj]#|\.net\b`;
const number = String.raw`(?<![\p{L}\d.])(?:(?<=^|[\s(])-)?\d+(?:[.,:]\d+)*(?!\d)`;
const mixed = String.raw`\b(?=[\da-f]*\d)(?=[\da-f]*[a-f])[\da-f]{7,40}\b`;
const word = String.raw`[\p{L}\p{M}]+(?:'[\p{L}]+)*`;
const symbol = String.raw`<=|>=|->|=>|[%$€£¥₹₽°<>=+*/^&≤≥±×÷√~-]`;
const pieces = new RegExp(
  `(?<identifier>${[url, address, uuid, path, flag, call, special, dotted, snake, mixed].join('|')})` +
    `|(?<number>${number})|(?<word>${word})|(?<digits>\\d+)|(?<symbol>${symbol})`,
  'giu',
);

/** One form for what can be typed in several ways: quotation marks, dashes, widths, white space. */
export function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u200b-\u200d\u2060\ufeff]/gu, '')
    .replace(/[‘’‛`´](?=\p{L})(?<=\p{L}.)/gu, "'")
    .replace(/[“”„«»]/gu, '"')
    .replace(/[‘’]/gu, "'")
    .replace(/[‐‑–—−]/gu, '-')
    .replace(/[^\S\n]+/gu, ' ')
    .trim();
}

/** The text without politeness and address, with the several-word names in one word. */
export function withoutFiller(text: string): string {
  let rest = text;
  for (const phrase of fillerPhrases) rest = rest.replace(phrase, ' ');
  for (const [form, name] of nameForms) rest = rest.replace(form, name);
  return rest.replace(/^[\s,.;:!-]+/u, '').trim();
}

export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(pieces)) {
    const gap = text.slice(end, match.index);
    const opensSentence = tokens.length === 0 || /[.?!:\n"]/u.test(gap);
    tokens.push(...read(match, opensSentence));
    end = match.index + match[0].length;
  }
  return tokens;
}

function read(match: RegExpMatchArray, opensSentence: boolean): Token[] {
  const text = match[0];
  const { identifier, word: letters, symbol: sign } = match.groups ?? {};
  if (letters !== undefined) return spellOut(plain(text)).map((part) => token('word', text, part, opensSentence));
  if (identifier !== undefined) return [token('identifier', text, text.toLowerCase(), opensSentence)];
  if (sign !== undefined) return [token('symbol', text, sign === '&' ? 'and' : sign, opensSentence)];
  return [token('number', text, text, opensSentence)];
}

function token(kind: TokenKind, text: string, word: string, opensSentence: boolean): Token {
  return { kind, text, word, stem: stem(word), opensSentence };
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

const shortForms: Readonly<Record<string, string>> = {
  "can't": 'can not',
  cannot: 'can not',
  cant: 'can not',
  "won't": 'will not',
  wont: 'will not',
  "shan't": 'shall not',
  "ain't": 'is not',
  im: 'i am',
  ive: 'i have',
  whats: 'what is',
  hows: 'how is',
  wheres: 'where is',
  whos: 'who is',
  thats: 'that is',
  whens: 'when is',
  u: 'you',
  ur: 'your',
  r: 'are',
  pls: 'please',
  w: 'with',
  bc: 'because',
  info: 'information',
  approx: 'approximately',
};

function spellOut(word: string): string[] {
  const short = Object.hasOwn(shortForms, word) ? shortForms[word] : undefined;
  if (short !== undefined) return short.split(' ');
  const negated = /^(do|does|did|is|are|was|were|has|have|had|could|should|would|must|need|might)n'?t$/u.exec(word);
  if (negated?.[1] !== undefined) return [negated[1], 'not'];
  const [stem = word, ending] = word.split("'");
  if (ending === undefined) return [word];
  if (['what', 'how', 'where', 'who', 'that', 'when', 'why', 'it', 'there'].includes(stem)) return [stem, 'is'];
  return ['d', 'o'].includes(stem) ? [stem + ending] : [stem];
}
