import { describe, expect, it } from '@jest/globals';
import { readLabelledPairs, type LabelledPair } from './labelled-pairs.js';
import { printReport } from './print-report.js';
import { judge, report } from './report.js';

const positives = ['filler', 'paraphrase', 'reordering', 'typo'];
const negatives = [
  ...['antonym', 'code-identifier', 'date', 'entity', 'negation', 'number', 'other-language', 'same-topic', 'unit'],
];

describe('the labelled set', () => {
  const pairs = readLabelledPairs();

  it('holds out at least 60 pairs of each kind and half of them, some of them fresh', () => {
    expect([...new Set(pairs.map(({ kind }) => kind))].sort()).toEqual([...positives, ...negatives].sort());
    for (const kind of [...positives, ...negatives]) {
      const of = pairs.filter((pair) => pair.kind === kind);
      const heldOut = of.filter(({ split }) => split === 'held-out');
      expect(heldOut.length).toBeGreaterThanOrEqual(60);
      expect(2 * heldOut.length).toBeGreaterThanOrEqual(of.length);
      expect(heldOut.filter(({ round }) => round === 2).length).toBeGreaterThanOrEqual(30);
      expect(of.every(({ same }) => same === positives.includes(kind))).toBe(true);
    }
  });

  it('has neither a pair twice nor an unreadable one', () => {
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length);
    expect(new Set(pairs.map(({ a, b }) => [a, b].sort().join('\n'))).size).toBe(pairs.length);
    for (const { a, b, split } of pairs) {
      expect(a.trim() !== '' && b.trim() !== '' && a !== b).toBe(true);
      expect(['tune', 'held-out']).toContain(split);
    }
  });
});

describe('the quality report', () => {
  const pair = (id: string, same: boolean, a: string, b: string): LabelledPair => ({
    ...{ id, kind: same ? 'typo' : 'number', a, b, same, split: 'held-out' },
  });
  /** Texts with the same first letter are the same to it. */
  const embedder = {
    id: 'letters',
    defaultThreshold: 0.8,
    embed: async (texts: readonly string[]) =>
      texts.map((text) => Float32Array.of(...['a', 'b'].map((letter) => (text.startsWith(letter) ? 1 : 0)))),
  };
  const pairs = [
    pair('1', true, 'a1', 'a2'),
    pair('2', true, 'a3', 'b3'),
    pair('3', false, 'a4', 'a5 veto'),
    pair('4', false, 'b4', 'b5'),
  ];
  const veto = (_: string, b: string): string | undefined => (b.includes('veto') ? 'number' : undefined);

  it('counts right and wrong hits with guards and without', async () => {
    const { rows, vetoes } = report(await judge(pairs, embedder, { veto }), embedder, [0.8]);
    const heldOut = rows.filter(({ half }) => half === 'held-out');
    expect(heldOut.map(({ withGuards, rightHits, wrongHits }) => [withGuards, rightHits, wrongHits])).toEqual([
      [true, 1, 1],
      [false, 1, 2],
    ]);
    expect(vetoes).toEqual([{ half: 'held-out', guard: 'number', needless: 0, right: 1 }]);
  });

  it('embeds what the essence of a question is', async () => {
    const judged = await judge(pairs, embedder, { veto, essence: () => 'a' });
    expect(judged.map(({ similarity }) => similarity)).toEqual([1, 1, 1, 1]);
  });

  it('prints each threshold, each kind and each guard', async () => {
    const text = printReport(report(await judge(pairs, embedder, { veto }), embedder));
    expect(text).toMatch(/held-out half[^]*0\.800 \*[^]*without[^]*other number[^]*vetoes by guard[^]*number/u);
    expect(text).toMatch(/tune half/u);
  });
});
