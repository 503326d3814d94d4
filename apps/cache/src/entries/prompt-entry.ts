import type { StoredAnswer } from '../response/stored-answer.js';
import { areAttributes, type Attributes } from './attributes.js';

/** Characters. */
export const maxResponseLength = 4_194_304;

/** What an application has stored itself. */
export interface PromptEntry {
  readonly prompt: string;
  readonly response: string;
  readonly attributes: Attributes;
}

/** The entry in a stored answer; nothing where it is an answer to a chat, or cannot be read. */
export function asPromptEntry({ header, answer }: StoredAnswer): PromptEntry | undefined {
  if (header.kind !== 'prompt') return undefined;
  try {
    const { prompt, response, attributes } = JSON.parse(answer) as Record<string, unknown>;
    const isSound = typeof prompt === 'string' && typeof response === 'string' && areAttributes(attributes);
    return isSound ? { prompt, response, attributes } : undefined;
  } catch {
    return undefined;
  }
}
