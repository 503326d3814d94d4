import { readdirSync, readFileSync } from 'node:fs';

/** Two questions, and whether one answer fits both. */
export interface LabelledPair {
  readonly id: string;
  readonly kind: string;
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** Guards and thresholds are made on `tune`, and judged on `held-out`. */
  readonly split: Split;
  /** 2: written when the guards were made, by somebody who had not read them. */
  readonly round?: number;
}

type Split = 'tune' | 'held-out';

const folder = new URL('../data/', import.meta.url);

/** The labelled set of the repository, one file a kind. */
export function readLabelledPairs(from: URL = folder): LabelledPair[] {
  const files = readdirSync(from).filter((name) => name.endsWith('.jsonl'));
  return files.sort().flatMap((name) => {
    const lines = readFileSync(new URL(name, from), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LabelledPair);
  });
}
