import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TokenizerFamily } from './tokenizer-family.js';
import { wholeCharacter, withoutLongRuns } from './unbroken-runs.js';

type Vocabulary = Exclude<TokenizerFamily, 'estimate'>;
type CountText = (text: string) => number;

/** Characters counted in one go (some 10 ms at worst); then other requests have their turn. */
const sliceLength = 16_384;
/** Merged words kept for the next time they come; the library's own bound would take 50 MB. */
const keptMerges = 5_000;
/** Tokenizers of other makers need up to a third more than o200k for the same text; an estimate may be over, not under. */
const estimateFactor = 1.35;

/** What other makers' models take, from a count by `o200k`. */
export const estimatedTokens = (o200k: number): number => Math.ceil(o200k * estimateFactor);

/** A vocabulary takes about 150 ms and 60 MB, so it is loaded when somebody first counts by it, and kept. */
const loading = new Map<Vocabulary, Promise<CountText>>();

/** How many tokens a text is, special tokens being ordinary text. Exact for text without unbroken runs of over 128 characters. */
export async function countTokens(family: TokenizerFamily, text: string): Promise<number> {
  if (text === '') return 0;
  if (family === 'estimate') return estimatedTokens(await countTokens('o200k', text));
  const count = await vocabulary(family);
  if (text.length <= sliceLength) return countPieces(count, text);
  let tokens = 0;
  for (let from = 0; from < text.length;) {
    const to = sliceEnd(text, from + sliceLength);
    tokens += countPieces(count, text.slice(from, to));
    from = to;
    await nextTurn();
  }
  return tokens;
}

function countPieces(count: CountText, text: string): number {
  let tokens = 0;
  for (const piece of withoutLongRuns(text)) tokens += count(piece);
  return tokens;
}

/** Before a word's space, where no token spans the cut; within a text that has none, anywhere. */
function sliceEnd(text: string, from: number): number {
  if (from >= text.length) return text.length;
  const space = text.slice(from, from + 1_024).search(/(?<=\S) (?=\p{L})/u);
  return wholeCharacter(text, space < 0 ? from : from + space);
}

function vocabulary(family: Vocabulary): Promise<CountText> {
  const known = loading.get(family);
  if (known) return known;
  const loaded = load(family);
  loading.set(family, loaded);
  loaded.catch(() => loading.delete(family));
  return loaded;
}

async function load(family: Vocabulary): Promise<CountText> {
  const { default: encoding } =
    family === 'o200k'
      ? await import('gpt-tokenizer/encoding/o200k_base')
      : await import('gpt-tokenizer/encoding/cl100k_base');
  encoding.setMergeCacheSize(keptMerges);
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => encoding.countTokens(text, options);
}
