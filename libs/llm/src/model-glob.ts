const compiled = new Map<string, RegExp>();
const mostPatterns = 1_000;

/** Whether a model's name fits one of the patterns; `*` stands for any run of characters. */
export function modelMatcher(patterns: readonly string[]): (model: string) => boolean {
  return (model) => patterns.some((pattern) => toRegExp(pattern).test(model));
}

export function isGlob(pattern: string): boolean {
  return pattern.includes('*');
}

/** Patterns come from the configuration, so few are ever compiled; the bound is for safety. */
function toRegExp(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const source = pattern
    .split(/\*+/)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');
  const expression = new RegExp(`^${source}$`, 's');
  if (compiled.size < mostPatterns) compiled.set(pattern, expression);
  return expression;
}
