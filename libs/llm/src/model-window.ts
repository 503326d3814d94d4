import { modelMatcher } from './model-glob.js';

/** Tokens that question and answer may take together, as their makers state them; the first row that fits counts. */
const windows: readonly (readonly [models: readonly string[], tokens: number])[] = [
  [['gpt-4.1*'], 1_047_576],
  [['gpt-5*'], 400_000],
  [['o1*', 'o3*', 'o4*', 'claude-*'], 200_000],
  [['gpt-4o*', 'chatgpt-4o*', 'gpt-4-turbo*', 'gpt-oss*', 'mistral-large*', 'llama-3.1*', 'llama-3.3*'], 128_000],
  [['gemini-*'], 1_000_000],
  [['gpt-3.5-turbo*', 'gpt-35-turbo*'], 16_385],
];
/** No model in use has less. */
const leastWindow = 8_192;

/** The context window of a model in tokens; a careful guess for one that is not known. */
export function contextWindow(model: string): number {
  const name = model.toLowerCase().replace(/^.*\//, '');
  return windows.find(([models]) => modelMatcher(models)(name))?.[1] ?? leastWindow;
}
