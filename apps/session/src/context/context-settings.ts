import type { ContextStrategy } from '#contracts';
import { contextWindow, estimatedTokens, tokenizerFamily, type TokenizerFamily } from '#llm';
import { shownFamily } from '../message/token-counter.js';
import type { TokensOf } from './blocks.js';
import type { ContextWish } from './context-reader.js';

/** What is left of a model's window for the new question and the answer, unless the budget is named. */
const historyShare = 3 / 4;
const defaultLastMessages = 20;

interface ContextSettings {
  readonly model: string;
  /** Without a model, the one whose counts the API shows. */
  readonly family: TokenizerFamily;
  readonly strategy: ContextStrategy;
  readonly maxTokens: number;
  readonly lastMessages: number;
}

/** A wish with everything that it leaves open. */
export function settled({ model = '', strategy = 'pinned', maxTokens, lastMessages }: ContextWish): ContextSettings {
  return {
    model,
    family: model === '' ? shownFamily : tokenizerFamily(model),
    strategy,
    maxTokens: maxTokens ?? Math.floor(contextWindow(model) * historyShare),
    lastMessages: lastMessages ?? defaultLastMessages,
  };
}

/** Reads the counts that were stored with a message. */
export function storedTokens(family: TokenizerFamily): TokensOf {
  return countsOf[family];
}

const countsOf: Readonly<Record<TokenizerFamily, TokensOf>> = {
  o200k: ({ tokens: { o200k = 0 } }) => o200k,
  cl100k: ({ tokens: { o200k = 0, cl100k } }) => cl100k ?? estimatedTokens(o200k),
  estimate: ({ tokens: { o200k = 0 } }) => estimatedTokens(o200k),
};
