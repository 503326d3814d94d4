import { generationPattern, sha256Pattern } from '#contracts';

/** Where an entry's answer lies: under its exact key, in one generation of its cache. */
export interface AnswerPlace {
  readonly exactKey: string;
  readonly generation: string;
}

/** Fields of an entry's hash beside those of its index: few, since each takes 100 bytes with what it brings along. */
export const answerField = 'answer';
export const promptField = 'prompt';

const separator = ':';

/** @param prompt what was asked, where it may be compared by meaning */
export function entryFields({ generation, exactKey }: AnswerPlace, prompt: string | undefined): Record<string, string> {
  return { [answerField]: generation + separator + exactKey, ...(prompt !== undefined && { [promptField]: prompt }) };
}

/** The place in a stored field; nothing where it cannot be read: then the entry counts as gone. */
export function readPlace(field: string | null | undefined): AnswerPlace | undefined {
  const [generation = '', exactKey = ''] = field?.split(separator) ?? [];
  return generationPattern.test(generation) && sha256Pattern.test(exactKey) ? { generation, exactKey } : undefined;
}
