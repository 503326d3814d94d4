import { describe, expect, it } from '@jest/globals';
import { ServiceEnv } from '#service';
import { embedderSettings } from './semantic.env.js';

const settings = (env: Partial<ServiceEnv>) => embedderSettings(Object.assign(new ServiceEnv(), env));

describe('the embedder of the environment', () => {
  it('is the lexical one, unless told', () => {
    expect(settings({})).toEqual({ kind: 'lexical' });
    expect(settings({ embedderThreshold: 0.9 })).toEqual({ kind: 'lexical', threshold: 0.9 });
  });

  it('is OpenAI itself without a URL, and only then gets its key', () => {
    const openai = { embedder: 'openai', embedderModel: 'text-embedding-3-small', openaiApiKey: 'sk-1' } as const;
    expect(settings(openai)).toMatchObject({ url: 'https://api.openai.com/v1', apiKey: 'sk-1' });
    const local = settings({ ...openai, embedderUrl: 'http://localhost:11434/v1' });
    expect(local).toMatchObject({ url: 'http://localhost:11434/v1' });
    expect(local).not.toHaveProperty('apiKey');
  });

  it('is a model in this process', () => {
    const local = { embedder: 'local', embedderModel: 'models/e5', embedderPrefix: 'query: ', embedderPooling: 'mean' };
    expect(settings(local as Partial<ServiceEnv>)).toEqual({
      kind: 'local',
      model: 'models/e5',
      prefix: 'query: ',
      pooling: 'mean',
    });
  });
});
