import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createEmbedder } from './create-embedder.js';
import { LexicalEmbedder } from './lexical-embedder.js';
import { OpenAiEmbedder } from './openai-embedder.js';

interface Asked {
  readonly model: string;
  readonly input: string[];
  readonly encoding_format?: string;
  readonly dimensions?: number;
}
type Answer = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

const servers: Server[] = [];
const serve = async (answer: Answer): Promise<string> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(JSON.parse(Buffer.concat(chunks).toString()) as Asked, response, request));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(() =>
  servers.splice(0).forEach((server) => {
    server.closeAllConnections();
    server.close();
  }),
);

const lexical = new LexicalEmbedder();
const data = async (asked: Asked, base64: boolean) => {
  const vectors = await lexical.embed(asked.input);
  return vectors.map((vector, index) => ({
    index,
    embedding: base64 ? Buffer.from(vector.buffer).toString('base64') : [...vector],
  }));
};
const send = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const honest: Answer = (asked, response) =>
  void data(asked, asked.encoding_format === 'base64').then((rows) => send(response, 200, { data: rows.reverse() }));

describe('an OpenAI-compatible embedder', () => {
  it('detects the dimension, reads base64 in any order, sends the key and the wanted dimensions', async () => {
    const seen: { asked: Asked; authorization?: string; url?: string }[] = [];
    const url = await serve((asked, response, request) => {
      seen.push({ asked, authorization: request.headers.authorization, url: request.url });
      honest(asked, response, request);
    });
    const embedder = await OpenAiEmbedder.connect({ kind: 'openai', url, model: 'm', apiKey: 'k', dimensions: 512 });
    expect(embedder.dimension).toBe(512);
    expect(await embedder.embed(['a b', 'c d'])).toEqual(await lexical.embed(['a b', 'c d']));
    expect(seen[1]).toMatchObject({ authorization: 'Bearer k', url: '/v1/embeddings', asked: { dimensions: 512 } });
    await embedder.close();
  });

  it('falls back to numbers where base64 is refused, once and for all', async () => {
    let refusals = 0;
    const url = await serve((asked, response) => {
      if (asked.encoding_format) {
        refusals += 1;
        send(response, 422, {});
      } else {
        void data(asked, false).then((rows) => send(response, 200, { data: rows }));
      }
    });
    const embedder = await OpenAiEmbedder.connect({ kind: 'openai', url: `${url}/v1/`, model: 'm' });
    const [vector] = await embedder.embed(['a b']);
    expect(vector![0]).toBeCloseTo((await lexical.embed(['a b']))[0]![0]!, 5);
    expect(refusals).toBe(1);
    await embedder.close();
  });

  it('has another id for another model, server or prefix', async () => {
    const [a, b] = [await serve(honest), await serve(honest)];
    const settings = [
      { url: a, model: 'm' },
      { url: b, model: 'm' },
      { url: a, model: 'm2' },
      { url: a, model: 'm', prefix: 'query: ' },
    ];
    const embedders = await Promise.all(settings.map((one) => OpenAiEmbedder.connect({ kind: 'openai', ...one })));
    expect(new Set(embedders.map(({ id }) => id)).size).toBe(4);
    expect(embedders[0]!.id).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
    await Promise.all(embedders.map((embedder) => embedder.close()));
  });

  const connected = async (later: Answer) => {
    let calls = 0;
    const url = await serve((asked, response, request) => (calls++ === 0 ? honest : later)(asked, response, request));
    return OpenAiEmbedder.connect({ kind: 'openai', url, model: 'm', timeoutMs: 300 });
  };

  it.each<[string, Answer, string]>([
    ['no answer', () => undefined, 'timeout'],
    ['a server error', (_, response) => send(response, 500, {}), 'unavailable'],
    ['too many requests', (_, response) => send(response, 429, {}), 'unavailable'],
    ['a refusal', (_, response) => send(response, 401, { error: 'secret prompt' }), 'refused'],
    ['no JSON', (_, response) => response.end('<html>'), 'invalid-answer'],
    ['no data', (_, response) => send(response, 200, null), 'invalid-answer'],
    ['too few vectors', (_, response) => send(response, 200, { data: [] }), 'invalid-answer'],
    ['another dimension', (_, response) => send(response, 200, { data: [{ embedding: [1, 2] }] }), 'invalid-answer'],
    ['null values', (_, response) => send(response, 200, { data: [{ embedding: [null] }] }), 'invalid-answer'],
    ['a zero vector', (_, response) => send(response, 200, { data: [{ embedding: [0, 0] }] }), 'invalid-answer'],
    ['a broken connection', (_, response) => response.destroy(), 'unavailable'],
  ])('fails by code on %s, without the text', async (_, later, fault) => {
    const embedder = await connected(later);
    const error: unknown = await embedder.embed(['secret prompt']).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'EmbeddingError', fault });
    expect((error as Error).message).not.toContain('secret');
    await embedder.close();
  });

  it('obeys the caller who gives up', async () => {
    const embedder = await connected(() => undefined);
    const late = new Error('late');
    await expect(embedder.embed(['x'], { signal: AbortSignal.abort(late) })).rejects.toBe(late);
    await embedder.close();
  });

  it('is refused at the start when its vectors say nothing', async () => {
    const url = await serve((asked, response) =>
      send(response, 200, { data: asked.input.map((_, index) => ({ index, embedding: [1, 1, 1] })) }),
    );
    await expect(createEmbedder({ kind: 'openai', url, model: 'm' })).rejects.toMatchObject({
      name: 'EmbedderRefusedError',
    });
  });
});
