/** Two questions, and whether one answer fits both. */
export interface LabelledPair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
}

export const fewestPairs = 2;
export const mostPairs = 5_000;
/** Characters; what LangCache allows a prompt, and the guards compare. */
export const longestQuestion = 1_024;

/** What is wrong with a list of labelled pairs, in one sentence; nothing where it can be tuned with. */
export function faultOfPairs(pairs: unknown): string | undefined {
  if (!Array.isArray(pairs) || pairs.length < fewestPairs || pairs.length > mostPairs) {
    return `pairs must be a list of ${fewestPairs} to ${mostPairs} labelled pairs`;
  }
  for (const [index, pair] of (pairs as unknown[]).entries()) {
    const fault = faultOfPair(pair);
    if (fault) return `pairs.${index}${fault}`;
  }
  const same = (pairs as LabelledPair[]).filter((pair) => pair.same).length;
  if (same > 0 && same < pairs.length) return undefined;
  return 'pairs must hold at least one with same: true and one with same: false';
}

function faultOfPair(pair: unknown): string | undefined {
  if (typeof pair !== 'object' || pair === null) return ' must be {a, b, same}';
  const { a, b, same, ...others } = pair as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return ' must have no members but a, b and same';
  if (!isQuestion(a)) return `.a must be a text of 1 to ${longestQuestion} characters`;
  if (!isQuestion(b)) return `.b must be a text of 1 to ${longestQuestion} characters`;
  return typeof same === 'boolean' ? undefined : '.same must be true or false';
}

function isQuestion(text: unknown): boolean {
  return typeof text === 'string' && text.trim().length > 0 && text.length <= longestQuestion;
}
