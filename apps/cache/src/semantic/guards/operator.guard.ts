import type { Analysis } from './analysis.js';
import { sameOrder, sameValues, type Guard } from './guard.js';

/** Between any two operands; a single sign only between numbers, letters that stand alone and brackets. */
const compound = /(?<=[\p{L}\p{N})\]"']\s*)(?:===?|!==?|<=|>=|&&|\|\||<<|>>|\*\*)(?=\s*[\p{L}\p{N}(["'-])/gu;
const single =
  /(?<=(?:\p{N}|[)\]]|(?<![\p{L}\p{N}'])\p{L})\s*)[-+*/^%=<>&|×÷±](?=\s*(?:\p{N}|[([]|\p{L}(?![\p{L}\p{N}'])))/gu;
/** "A+", "O-": a grade, a blood type. */
const grade = /(?<![\p{L}\p{N}])\p{Lu}{1,2}[+-](?![\p{L}\p{N}+-])/gu;

/** Formulas have the same operators in the same order, where both are written with signs; grades have the same sign. */
export const operatorGuard: Guard = {
  name: 'operator',
  languages: 'any',
  vetoes: ({ text: a }, { text: b }) => {
    const [inA, inB] = [operators(a), operators(b)];
    if (inA.length > 0 && inB.length > 0 && !sameOrder(inA, inB)) return true;
    return !sameValues(signsOf(a, grade), signsOf(b, grade));
  },
};

function operators(text: Analysis['text']): string[] {
  const found = [...text.matchAll(compound), ...text.matchAll(single)];
  return found.sort((a, b) => a.index - b.index).map(([sign]) => sign);
}

function signsOf(text: Analysis['text'], pattern: RegExp): string[] {
  return text.match(pattern) ?? [];
}
