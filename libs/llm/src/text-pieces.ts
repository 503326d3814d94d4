/** So many pieces at most, so that replaying a long answer costs no more than a few hundred writes. */
const mostPieces = 256;
const longestWord = 24;

/** Cuts text into word-sized pieces that join to the same text; a surrogate pair is never cut. */
export function* textPieces(text: string): Generator<string> {
  const least = Math.ceil(text.length / mostPieces);
  let start = 0;
  while (start < text.length) {
    const end = pieceEnd(text, start + least);
    yield text.slice(start, end);
    start = end;
  }
}

/** The first white space from `from` on; far from any, the longest piece allowed. */
function pieceEnd(text: string, from: number): number {
  const limit = Math.min(from + longestWord, text.length);
  let end = from;
  while (end < limit && !isSpace(text.charCodeAt(end))) end++;
  const cutsPair =
    end < text.length && isLowSurrogate(text.charCodeAt(end)) && isHighSurrogate(text.charCodeAt(end - 1));
  return cutsPair ? end + 1 : end;
}

function isSpace(code: number): boolean {
  return code <= 0x20 || code === 0x3000;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
