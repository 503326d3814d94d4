import { describe, expect, it } from '@jest/globals';
import { errorOutcome, type Outcome } from '../completion/outcome.js';
import { EmbeddingsFetchService, type Fetched } from './embeddings-fetch.service.js';
import { readEmbeddingsBody, type EmbeddingInput } from './embeddings-body.js';
import type { EmbeddingsRequest } from './embeddings-request.js';
import type { EmbeddingsRepository } from './embeddings.repository.js';
import type { EmbeddingsUpstreamService } from './embeddings-upstream.service.js';
import type { UpstreamEmbeddings } from './upstream-embeddings.js';

type Reply = UpstreamEmbeddings | Outcome;

const refused = errorOutcome(400, { message: 'no', type: 'invalid_request_error', code: null });
const made = (inputs: readonly EmbeddingInput[]): Reply => ({
  items: inputs.map((input) => ({ embedding: [String(input).length] })),
  model: 'm',
  usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
  rest: {},
});

/** The service on an upstream whose calls are answered one by one, by hand. */
function service() {
  const asked: { inputs: readonly EmbeddingInput[]; answer: (reply: Reply | Error) => void }[] = [];
  const upstream = {
    ask: (_request: unknown, inputs: readonly EmbeddingInput[]) =>
      new Promise<Reply>((resolve, reject) => {
        asked.push({ inputs, answer: (reply) => (reply instanceof Error ? reject(reply) : resolve(reply)) });
      }),
  } as unknown as EmbeddingsUpstreamService;
  const repository = { write: async () => true } as unknown as EmbeddingsRepository;
  const fetching = new EmbeddingsFetchService(upstream, repository);
  const fetch = (...texts: string[]) => {
    const request = {
      principal: { tenant: 't', keyId: 'k' },
      body: readEmbeddingsBody({ model: 'm', input: texts }),
      controls: {},
      hasOwnOptions: false,
      client: { signal: new AbortController().signal },
    } as unknown as EmbeddingsRequest;
    const byKey = new Map(texts.map((text) => [text, text] as const));
    return fetching.fetch(request, byKey, { mayStore: true, ttlSeconds: 60 });
  };
  return { asked, fetch };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('fetching vectors', () => {
  it('asks only for what nobody else is asking for, and waits for the rest', async () => {
    const { asked, fetch } = service();
    const [first, second] = [fetch('a', 'bb'), fetch('bb', 'ccc')];
    expect(asked.map(({ inputs }) => inputs)).toEqual([['a', 'bb'], ['ccc']]);
    for (const { inputs, answer } of asked) answer(made(inputs));
    expect((await first) as Fetched).toMatchObject({ shared: 0, stored: true, usage: { prompt_tokens: 2 } });
    const { made: all, ...rest } = (await second) as Fetched;
    expect([...all.keys()].sort()).toEqual(['bb', 'ccc']);
    expect(rest).toMatchObject({ shared: 1, usage: { prompt_tokens: 1 } });
  });

  it.each([
    ['is refused', refused],
    ['breaks off', new Error('gone')],
  ])('asks for itself when the call that it waited for %s', async (_name, fault) => {
    const { asked, fetch } = service();
    const first = fetch('a', 'too long').catch((error: Error) => error);
    const second = fetch('a');
    asked[0]!.answer(fault);
    expect(await first).toBe(fault);
    await turn();
    expect(asked[1]!.inputs).toEqual(['a']);
    asked[1]!.answer(made(['a']));
    expect((await second) as Fetched).toMatchObject({ shared: 0, usage: { prompt_tokens: 1 } });
  });
});
