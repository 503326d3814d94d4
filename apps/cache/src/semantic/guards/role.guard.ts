import { wordSet } from '../lexicon/word-list.js';
import type { Analysis, ContentWord } from './analysis.js';
import type { Guard } from './guard.js';
import { stem } from './stem.js';

/** Words that say which part the next word plays. */
const markers = wordSet(
  'from to into than by vs versus over of on for with in before after against under without instead at onto as',
);

/** The same words in exchanged parts: "from Paris to Rome", "convert X to Y", "is A better than B", "A bit B". */
export const roleGuard: Guard = {
  name: 'role',
  languages: ['en'],
  vetoes: (a, b) => markedSwap(a, b) || pivoted(a, b) || entitiesSwap(a, b),
};

type Parts = ReadonlyMap<string, ReadonlySet<string>>;

/** The stem behind each marker. */
function partsOf({ tokens, content }: Analysis): Parts {
  const parts = new Map<string, Set<string>>();
  tokens.forEach(({ word }, index) => {
    const marker = word === 'versus' ? 'vs' : word === 'into' ? 'to' : word;
    const head = markers.has(word) ? content.find(({ at }) => at > index && at <= index + 3) : undefined;
    if (head !== undefined) parts.set(marker, (parts.get(marker) ?? new Set()).add(head.stem));
  });
  return parts;
}

/** A word that a marker leads in one question stands in the other, but not behind that marker; and the reverse. */
function markedSwap(a: Analysis, b: Analysis): boolean {
  const [inA, inB] = [partsOf(a), partsOf(b)];
  return [...inA].some(([marker, heads]) => {
    const others = inB.get(marker);
    if (others === undefined) return false;
    const [onlyA, onlyB] = [missing(heads, others), missing(others, heads)];
    return onlyA.some((word) => b.stems.has(word)) && onlyB.some((word) => a.stems.has(word)) && !passive(a, b);
  });
}

function missing(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...a].filter((word) => !b.has(word));
}

/** "dog bites man" against "man bites dog": three words in a row, the outer two exchanged. */
function pivoted(a: Analysis, b: Analysis): boolean {
  if (passive(a, b) || a.content.length === a.tokens.length) return false;
  const triples = new Set(triplesOf(a.content).map((triple) => triple.join(' ')));
  return triplesOf(b.content).some((triple) => triple[0] !== triple[2] && triples.has([...triple].reverse().join(' ')));
}

function triplesOf(content: readonly ContentWord[]): string[][] {
  const stems = content.map(({ stem }) => stem);
  return stems.slice(2).map((last, index) => [stems[index] ?? '', stems[index + 1] ?? '', last]);
}

/** One asks actively, the other passively: the order says nothing. */
function passive(a: Analysis, b: Analysis): boolean {
  const [inA, inB] = [a, b].map(({ tokens }) => tokens.some(({ word }) => word === 'by'));
  return inA !== inB;
}

/** Two names in exchanged order, where neither is held by the same marker in both and nothing joins them as equals. */
function entitiesSwap(a: Analysis, b: Analysis): boolean {
  const [inA, inB] = [order(a), order(b)];
  const both = inA.filter((name) => inB.includes(name));
  const held = heldBy(partsOf(a), partsOf(b));
  for (const [index, first] of both.entries()) {
    for (const second of both.slice(index + 1)) {
      const isSwapped = inB.indexOf(first) > inB.indexOf(second);
      if (isSwapped && !held.has(stem(first)) && !held.has(stem(second)) && !areEquals(a, first, second)) return true;
    }
  }
  return false;
}

/** Names in order; who acts stands first, in the passive too. */
function order({ entities, tokens }: Analysis): string[] {
  const names = [...new Set(entities.map(({ name }) => name))];
  const actor = entities.find(({ at }) => tokens[at - 1]?.word === 'by')?.name;
  return actor === undefined ? names : [actor, ...names.filter((name) => name !== actor)];
}

const places = wordSet('in on with at for under');

/** Names behind the same marker in both, or said in one of them to be the place or the means only. */
function heldBy(a: Parts, b: Parts): ReadonlySet<string> {
  const heads = (parts: Parts, marker: string): string[] => [...(parts.get(marker) ?? [])];
  const names = [...new Set([...a.keys(), ...b.keys()])].flatMap((marker) => {
    if (places.has(marker)) return [...heads(a, marker), ...heads(b, marker)];
    return marker === 'vs' ? [] : heads(a, marker).filter((head) => b.get(marker)?.has(head));
  });
  return new Set(names);
}

function areEquals({ entities, tokens }: Analysis, first: string, second: string): boolean {
  const [from, to] = [first, second].map((name) => entities.find((entity) => entity.name === name)?.at ?? 0);
  const between = tokens.slice(Math.min(from ?? 0, to ?? 0) + 1, Math.max(from ?? 0, to ?? 0)).map(({ word }) => word);
  return between.includes('and') || between.includes('or');
}
