import { wordSet } from '../lexicon/word-list.js';
import type { Analysis } from './analysis.js';
import type { Guard } from './guard.js';
import { functionWords } from '../lexicon/function-words.js';
import { stem } from './stem.js';
import type { Token } from './tokens.js';

const negators = wordSet(
  'not no never without neither nor none nothing nobody nowhere unable fail fails failed failing refuse refuses refused refusing',
  'except excluding lack lacks lacking hardly barely aside besides',
);
const freeOf = wordSet('gluten sugar dairy fat nut nuts lactose caffeine alcohol meat egg wheat ad');
const prefixes = ['un', 'in', 'im', 'ir', 'il', 'dis', 'non', 'de', 'mis', 'anti', 'counter', 'a'];

/** Both questions say "not", or neither does, and of the same thing. */
export const negationGuard: Guard = {
  name: 'negation',
  languages: ['en'],
  vetoes: (a, b) => {
    const [inA, inB] = [negatedWords(a.tokens), negatedWords(b.tokens)];
    if (inA.length > 0 !== inB.length > 0) return true;
    return isElsewhere(inA, inB, b) || isElsewhere(inB, inA, a) || hasPrefix(a, b) || hasPrefix(b, a);
  },
};

/** For each negation the stem of what it denies. */
function negatedWords(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ word, kind }, index) => {
    if (kind !== 'word') return [];
    const next = tokens[index + 1];
    const before = tokens[index - 1]?.word === '-' ? tokens[index - 2] : tokens[index - 1];
    if (word === 'free' && freeOf.has(before?.word ?? '')) return [stem(before?.word ?? '')];
    if (word === 'instead' && next?.word === 'of') return [denied(tokens, index + 1)];
    if (word === 'rather' && next?.word === 'than') return [denied(tokens, index + 1)];
    if (word === 'out' && before?.word !== 'find' && next?.word === 'of' && before?.word === 'opt') return ['opt'];
    return negators.has(word) && !isIdiom(tokens, index) ? [denied(tokens, index)] : [];
  });
}

/** "no more than 5", "why or why not", "or not", "not only", "yes or no" deny nothing. */
function isIdiom(tokens: readonly Token[], index: number): boolean {
  const { word } = tokens[index] as Token;
  const [before, next] = [tokens[index - 1]?.word ?? '', tokens[index + 1]?.word ?? ''];
  if (word === 'not' && before === 'why' && tokens[index - 2]?.word === 'or') return true;
  if ((word === 'not' || word === 'no') && before === 'or' && (next === '' || !/^[a-z]/u.test(next))) return true;
  if (word === 'no' && ['doubt', 'matter', 'longer', 'problem', 'worries'].includes(next)) return next !== 'longer';
  if (
    /^(?:no|not)$/u.test(word) &&
    /^(?:more|less|fewer|later|earlier)$/u.test(next) &&
    tokens[index + 2]?.word === 'than'
  )
    return true;
  return word === 'not' && (next === 'only' || next === 'just');
}

function denied(tokens: readonly Token[], index: number): string {
  const next = tokens
    .slice(index + 1, index + 5)
    .find(({ word, kind }) => kind !== 'symbol' && !functionWords.has(word));
  return next === undefined ? '' : stem(next.word);
}

/** What a denies, b affirms, while b denies something else. */
function isElsewhere(a: readonly string[], b: readonly string[], other: Analysis): boolean {
  return a.some((word) => word !== '' && !b.includes(word) && other.stems.has(word) && b.length <= a.length);
}

/** "healthy" against "unhealthy", "install" against "uninstall", "useful" against "useless". */
function hasPrefix(a: Analysis, b: Analysis): boolean {
  return [...a.stems].some((word) => {
    if (b.stems.has(word)) return false;
    const rest = prefixes.filter((prefix) => word.startsWith(prefix)).map((prefix) => word.slice(prefix.length));
    if (rest.some((part) => part.length >= 4 && b.stems.has(part) && !a.stems.has(part))) return true;
    return (
      /less$/u.test(word) &&
      [...b.stems].some((part) => part === word.slice(0, -4) + 'ful' || part === word.slice(0, -4))
    );
  });
}
