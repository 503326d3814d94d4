import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { TokenizerFamily } from './tokenizer-family.js';
import { mayHaveLongRuns, wholeCharacter, withoutLongRuns } from './unbroken-runs.js';

type Vocabulary = Exclude<TokenizerFamily, 'estimate'>;
type CountText = (text: string) => number;

/** Characters counted in one go (some 10 ms at worst); then other requests have their turn. */
const sliceLength = 16_384;
/** Others have their turn between two loads. */
const betweenLoadsMs = 20;
/** Merged words kept for the next time they come; the library's own bound would take 50 MB. */
const keptMerges = 5_000;
/** Tokenizers of other makers need up to a third more than o200k for the same text; an estimate may be over, not under. */
const estimateFactor = 1.35;

/** What other makers' models take, from a count by `o200k`. */
export const estimatedTokens = (o200k: number): number => Math.ceil(o200k * estimateFactor);

/** A vocabulary takes about 150 ms and 60 MB, so it is loaded when somebody is about to count by it, and kept. */
const loading = new Map<Vocabulary, Promise<CountText>>();
const loaded = new Map<Vocabulary, CountText>();

/** How many tokens a text is, special tokens being ordinary text. Exact for text without unbroken runs of over 128 characters. */
export async function countTokens(family: TokenizerFamily, text: string): Promise<number> {
  return countAllTokens(family, [text]);
}

/** How many tokens several texts are, each by itself. */
export async function countAllTokens(family: TokenizerFamily, texts: readonly string[]): Promise<number> {
  if (family === 'estimate') return estimatedTokens(await countAllTokens('o200k', texts));
  const count = loaded.get(family) ?? (await vocabulary(family));
  let tokens = 0;
  for (const text of texts) {
    tokens += text.length <= sliceLength ? countPieces(count, text) : await countSlices(count, text);
  }
  return tokens;
}

async function countSlices(count: CountText, text: string): Promise<number> {
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
  if (!mayHaveLongRuns(text)) return count(text);
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

/** Loads what texts are counted by, one after the other, each of which keeps the event loop for some 150 ms. Never rejects. */
export async function loadVocabularies(): Promise<void> {
  for (const family of ['o200k', 'cl100k'] as const) {
    await vocabulary(family).catch(() => undefined);
    await pause(betweenLoadsMs);
  }
}

function vocabulary(family: Vocabulary): Promise<CountText> {
  const known = loading.get(family);
  if (known) return known;
  const load = loadVocabulary(family);
  loading.set(family, load);
  load.then(
    (count) => loaded.set(family, count),
    () => loading.delete(family),
  );
  return load;
}

async function loadVocabulary(family: Vocabulary): Promise<CountText> {
  const { default: encoding } =
    family === 'o200k'
      ? await import('gpt-tokenizer/encoding/o200k_base')
      : await import('gpt-tokenizer/encoding/cl100k_base');
  encoding.setMergeCacheSize(keptMerges);
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => encoding.countTokens(text, options);
}
