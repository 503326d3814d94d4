/**
 * Phrases of a rule as one pattern over plain text: `*` is the rest of a word, `…` up to three words in between. The ends
 * of words are asked for once for all of them: each such question costs the engine kilobytes to compile.
 */
export function phrasesPattern(phrases: readonly string[]): RegExp {
  const alternatives = phrases.map(phrasePattern).join('|');
  return new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${alternatives})(?![\p{L}\p{N}])`, 'u');
}

function phrasePattern(phrase: string): string {
  const parts = plainText(phrase)
    .split(' ')
    .filter((part) => part !== '');
  let pattern = '';
  let isGap = false;
  for (const part of parts) {
    if (part === '…' || part === '...') {
      isGap = true;
      continue;
    }
    if (pattern !== '') pattern += isGap ? String.raw`(?: [^ .?!]+){0,3}? ` : ' ';
    pattern += escaped(part);
    isGap = false;
  }
  return pattern;
}

/** Case, accents, kinds of apostrophe and of white space do not count; commas neither. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/…|\.\.\./gu, ' … ')
    .replace(/[‘’`´]/gu, "'")
    .toLowerCase()
    .replace(/[\s,;:()"]+/gu, ' ')
    .trim();
}

function escaped(part: string): string {
  return part.replace(/[\\^$.|?+()[\]{}/]/gu, String.raw`\$&`).replaceAll('*', '[^ .?!]*');
}

/** Phrases parted by commas. */
export function phraseList(text: string): readonly string[] {
  return text.split(',').map((phrase) => phrase.trim());
}
