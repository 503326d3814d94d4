import { analyse, type Analysis } from './analysis.js';
import { antonymGuard } from './antonym.guard.js';
import { dateGuard } from './date.guard.js';
import { entityGuard } from './entity.guard.js';
import type { Guard, GuardName, GuardSettings } from './guard.js';
import { identifierGuard } from './identifier.guard.js';
import { languageGuard, sameLanguageGuard } from './language.guard.js';
import { lengthGuard, maxComparedLength } from './length.guard.js';
import { negationGuard } from './negation.guard.js';
import { numberGuard } from './number.guard.js';
import { operatorGuard } from './operator.guard.js';
import { questionWordGuard } from './question-word.guard.js';
import { quotationGuard } from './quotation.guard.js';
import { roleGuard } from './role.guard.js';
import { scopeGuard } from './scope.guard.js';
import { unitGuard } from './unit.guard.js';
import { wordingGuard } from './wording.guard.js';

const guards: readonly Guard[] = [
  languageGuard,
  lengthGuard,
  quotationGuard,
  identifierGuard,
  operatorGuard,
  numberGuard,
  unitGuard,
  dateGuard,
  entityGuard,
  negationGuard,
  antonymGuard,
  scopeGuard,
  questionWordGuard,
  roleGuard,
  wordingGuard,
];

/**
 * The first guard that forbids answering one question with the other's answer, if any does. Questions that differ in white
 * space only pass in every language.
 * @param question text, or its analysis when several candidates are compared with it
 */
export function guardVeto(
  question: string | Analysis,
  cached: string | Analysis,
  settings: GuardSettings = {},
): GuardName | undefined {
  const [textA, textB] = [textOf(question), textOf(cached)];
  if (flat(textA) === flat(textB)) return undefined;
  // Before the analysis: what is too long is not worth one.
  const most = settings.length === false ? maxAnalysedLength : maxComparedLength;
  if (Math.max(textA.length, textB.length) > most) return 'length';
  const [a, b] = [analysed(question), analysed(cached)];
  const isOn = ({ name }: Guard): boolean => settings[name] !== false;
  if (settings.language === false && sameLanguageGuard.vetoes(a, b)) return 'language';
  return guards.find((guard) => isOn(guard) && knows(guard, a, b) && guard.vetoes(a, b))?.name;
}

/** Characters; a bound on the work, whatever the settings. */
const maxAnalysedLength = 4_096;

function analysed(question: string | Analysis): Analysis {
  return typeof question === 'string' ? analyse(question) : question;
}

function textOf(question: string | Analysis): string {
  return typeof question === 'string' ? question : question.text;
}

function flat(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}

function knows({ languages }: Guard, a: Analysis, b: Analysis): boolean {
  return languages === 'any' || (languages.includes(a.language) && languages.includes(b.language));
}
