import { countTokens } from '#llm';
import { Summariser, type SummaryTask } from './summariser.js';

/** A longer sentence is cut: it would leave no room for others. */
const longestSentence = 300;
const sentences = new Intl.Segmenter('und', { granularity: 'sentence' });

interface Sentence {
  readonly line: string;
  readonly words: readonly string[];
}

/**
 * Needs no model: picks sentences whose words are frequent in the conversation and not yet in the summary (SumBasic: Nenkova and
 * Vanderwende, "The impact of frequency on summarization", 2005), in their order. What users said, and what names numbers, counts
 * more. The same input gives the same text.
 */
export class ExtractiveSummariser extends Summariser {
  override readonly name = 'extractive';

  override async summarise({ previous, transcript, maxTokens }: SummaryTask): Promise<string> {
    const lines = [...previous.split('\n').map((line) => line.replace(/^- /, '')), ...transcript];
    const candidates = new Map(lines.flatMap(sentencesOf).map((sentence) => [sentence.line, sentence]));
    const places = [...candidates.keys()];
    const weights = frequencies([...candidates.values()]);
    const chosen: string[] = [];
    for (let left = maxTokens; candidates.size > 0;) {
      const best = mostTelling([...candidates.values()], weights);
      candidates.delete(best.line);
      const size = await countTokens('o200k', `- ${best.line}\n`);
      if (size > left) continue;
      left -= size;
      chosen.push(best.line);
      for (const word of best.words) weights.set(word, weights.get(word)! ** 2);
    }
    const inOrder = chosen.sort((one, other) => places.indexOf(one) - places.indexOf(other));
    return inOrder.map((line) => `- ${line}`).join('\n');
  }
}

/** Each sentence of a line with the speaker before it. */
function sentencesOf(line: string): Sentence[] {
  const [, speaker = '', text = ''] = /^(\w+: )?(.*)$/su.exec(line) ?? [];
  return [...sentences.segment(text)].flatMap(({ segment }) => {
    const cut = Array.from(segment.trim()).slice(0, longestSentence).join('');
    const words = cut.toLowerCase().match(/\p{L}{4,}|\p{Lo}|\p{N}+/gu) ?? [];
    return words.length < 2 ? [] : [{ line: speaker + cut, words: [...new Set(words)] }];
  });
}

/** How often each word comes, as a share of all. */
function frequencies(all: readonly Sentence[]): Map<string, number> {
  const words = all.flatMap((sentence) => sentence.words);
  const weights = new Map<string, number>();
  for (const word of words) weights.set(word, (weights.get(word) ?? 0) + 1 / words.length);
  return weights;
}

/** The first of the best; there is at least one. */
function mostTelling(candidates: readonly Sentence[], weights: ReadonlyMap<string, number>): Sentence {
  const value = ({ line, words }: Sentence): number => {
    const shared = words.reduce((sum, word) => sum + (weights.get(word) ?? 0), 0);
    return (shared / words.length) * (line.startsWith('user: ') ? 1.3 : 1) * (/\p{N}/u.test(line) ? 1.2 : 1);
  };
  let [best, most] = [candidates[0]!, value(candidates[0]!)];
  for (const candidate of candidates) {
    const its = value(candidate);
    if (its > most) [best, most] = [candidate, its];
  }
  return best;
}
