import { antonymAxes } from '../lexicon/antonyms.js';
import { wordSet } from '../lexicon/word-list.js';
import type { Analysis } from './analysis.js';
import type { Guard } from './guard.js';
import { stem } from './stem.js';
import type { Token } from './tokens.js';

interface Axis {
  readonly left: ReadonlySet<string>;
  readonly right: ReadonlySet<string>;
}

const axes: readonly Axis[] = antonymAxes
  .split('\n')
  .filter((line) => line.includes('|'))
  .map((line) => {
    const [left = '', right = ''] = line.split('|');
    return { left: stems(left), right: stems(right) };
  });
/** On which axes a word lies: only those are compared. */
const axesOf = new Map<string, Axis[]>();
for (const axis of axes) {
  for (const word of [...axis.left, ...axis.right]) axesOf.set(word, [...(axesOf.get(word) ?? []), axis]);
}

/** No word of one question is met by its opposite in the other. */
export const antonymGuard: Guard = {
  name: 'antonym',
  languages: ['en'],
  vetoes: (a, b) => {
    const [inA, inB] = [poles(a), poles(b)];
    return opposes(inA, inB) || opposes(inB, inA) || particlesDiffer(a, b);
  },
};

/** "on" and "off" are read as particles of their verb, not as words. */
const particles = wordSet('on off in out up down over under');

function poles({ tokens }: Analysis): ReadonlySet<string> {
  const words = tokens.filter(
    ({ kind, word }) => kind === 'word' && (!particles.has(word) || word === 'under' || word === 'over'),
  );
  return new Set(words.flatMap((token) => [token.word, token.stem]));
}

function opposes(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some((word) => {
    if (b.has(word)) return false;
    return (axesOf.get(word) ?? []).some(({ left, right }) => {
      const [mine, other] = left.has(word) ? [left, right] : [right, left];
      return (
        [...other].some((word) => b.has(word) && !a.has(word)) && ![...mine].some((word) => b.has(word) && a.has(word))
      );
    });
  });
}

const verbGroups: ReadonlyArray<ReadonlySet<string>> = [
  wordSet('turn switch power toggle put shut take'),
  wordSet('log sign logged signed logging signing clock check'),
  wordSet('opt'),
  wordSet('zoom fade scale roll move go back bring speed slow scroll ramp'),
  wordSet('plug break keep let lock get'),
];

function particlesDiffer(a: Analysis, b: Analysis): boolean {
  return verbGroups.some((verbs) => {
    const [inA, inB] = [particlesOf(a.tokens, verbs), particlesOf(b.tokens, verbs)];
    return inA.size > 0 && inB.size > 0 && ![...inA].some((particle) => inB.has(particle));
  });
}

/** The particle of each such verb: "turn the Wi-Fi off" has it four words later. */
function particlesOf(tokens: readonly Token[], verbs: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(
    tokens.flatMap((verb, index) => {
      if (!verbs.has(verb.word) && !verbs.has(verb.stem)) return [];
      const particle = tokens.slice(index + 1, index + 5).find((token) => particles.has(token.word));
      return particle === undefined ? [] : [particle.word];
    }),
  );
}

function stems(words: string): ReadonlySet<string> {
  return new Set([...wordSet(words)].flatMap((word) => [word, stem(word)]));
}
