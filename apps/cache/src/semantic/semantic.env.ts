import type { EmbedderSettings } from '#embedding';
import type { ServiceEnv } from '#service';

const openAiUrl = 'https://api.openai.com/v1';

/** The embedder that the environment asks for. */
export function embedderSettings(env: ServiceEnv): EmbedderSettings {
  const threshold = env.embedderThreshold !== undefined && { threshold: env.embedderThreshold };
  const prefix = env.embedderPrefix !== undefined && { prefix: env.embedderPrefix };
  const model = env.embedderModel ?? '';
  switch (env.embedder) {
    case 'lexical':
      return { kind: 'lexical', ...threshold };
    case 'local':
      return {
        kind: 'local',
        model,
        ...prefix,
        ...threshold,
        ...(env.embedderDtype !== undefined && { dtype: env.embedderDtype }),
        ...(env.embedderPooling !== undefined && { pooling: env.embedderPooling }),
      };
    case 'openai':
      return {
        kind: 'openai',
        model,
        url: env.embedderUrl ?? openAiUrl,
        ...prefix,
        ...threshold,
        ...(env.embedderDimensions !== undefined && { dimensions: env.embedderDimensions }),
        ...apiKey(env),
      };
  }
}

/** OpenAI's key goes to OpenAI only. */
function apiKey({ embedderApiKey, embedderUrl, openaiApiKey }: ServiceEnv): { apiKey?: string } {
  const key = embedderApiKey ?? (embedderUrl === undefined ? openaiApiKey : undefined);
  return key === undefined ? {} : { apiKey: key };
}
