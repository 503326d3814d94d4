/** The vocabularies that text is counted by; `estimate` stands for every model whose tokenizer is not public. */
export type TokenizerFamily = 'o200k' | 'cl100k' | 'estimate';

const o200k = /^(gpt-4o|chatgpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|gpt-audio|gpt-realtime|o[1-9]|chat-latest|codex-)/;
const cl100k = /^(gpt-4$|gpt-4-|gpt-3\.5|gpt-35|text-embedding-)/;

/**
 * Which vocabulary a model counts by, from its name as OpenAI, Azure and routers write it (`openai/gpt-4o`, `ft:gpt-4o-mini:…`).
 * The demo model counts as the newest vocabulary does.
 */
export function tokenizerFamily(model: string): TokenizerFamily {
  const name = model.toLowerCase().replace(/^.*\//, '').replace(/^ft:/, '');
  if (o200k.test(name) || name === 'larder-demo') return 'o200k';
  return cl100k.test(name) ? 'cl100k' : 'estimate';
}
