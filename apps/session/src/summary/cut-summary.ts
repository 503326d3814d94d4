import { countTokens, type TokenizerFamily } from '#llm';

/** As many whole sentences from the beginning as fit; the same for the same text and room, on every replica. */
export async function cutSummary(family: TokenizerFamily, text: string, maxTokens: number): Promise<string> {
  if ((await countTokens(family, text)) <= maxTokens) return text;
  const pieces = text.match(/[^\n.!?。]+[\n.!?。]*/gu) ?? [];
  let [kept, size] = ['', 0];
  for (const piece of pieces) {
    size += await countTokens(family, piece);
    if (size > maxTokens) break;
    kept += piece;
  }
  // Counted together they may be more than one by one.
  return (await countTokens(family, kept)) <= maxTokens ? kept.trimEnd() : '';
}
