/** Each class of lengths ends 19 % above the one before: four to a doubling. */
const classesPerDoubling = 4;
/** No model writes more than a million tokens. */
const longest = 2 ** 20;
export const lengthClasses = 2 + classesPerDoubling * 20;
/** Below so many answers nothing is known of a model. */
const fewestAnswers = 20;

/** The class of an answer's length in tokens: 0 for an empty one, else 1 to `lengthClasses - 1`. */
export function lengthClass(tokens: number): number {
  if (tokens < 1) return 0;
  return 1 + Math.ceil(classesPerDoubling * Math.log2(Math.min(tokens, longest)));
}

/** The length that 95 of 100 answers did not exceed, rounded up to the end of its class; nothing while too few were seen. */
export function percentile95(counts: readonly number[]): number | undefined {
  const answers = counts.reduce((sum, count) => sum + count, 0);
  if (answers < fewestAnswers) return undefined;
  let within = 0;
  const found = counts.findIndex((count) => (within += count) >= answers * 0.95);
  return found < 1 ? 0 : Math.ceil(2 ** ((found - 1) / classesPerDoubling));
}
