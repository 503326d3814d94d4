import { Client } from 'undici';
import { startChild } from './measuring/child.js';
import { startStandalone } from './measuring/larder.js';
import { quantile } from './measuring/quantile.js';
import { reported, type Result } from './measuring/result.js';

const warmUps = 200;
const samples = 600;
const upstreamKey = 'bench-upstream-key';

interface Endpoint {
  readonly client: Client;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the gateway adds to a call that reaches upstream: every prompt is new, ours and direct take turns. */
export async function run(): Promise<Result[]> {
  const upstream = await startChild('bench/processes/upstream.js');
  const env = { LARDER_UPSTREAM_URL: `${upstream.url}/v1`, LARDER_UPSTREAM_API_KEY: upstreamKey };
  const larder = await startStandalone(env);
  const ours: Endpoint = { client: new Client(larder.url), headers: larder.headers };
  const direct: Endpoint = { client: new Client(upstream.url), headers: larder.headers };
  try {
    return [
      ...(await compare('plain answer', ours, direct, false)),
      ...(await compare('first token of a stream', ours, direct, true)),
    ];
  } finally {
    await Promise.all([ours.client.close(), direct.client.close()]);
    await Promise.all([larder.stop(), upstream.stop()]);
  }
}

async function compare(name: string, ours: Endpoint, direct: Endpoint, stream: boolean): Promise<Result[]> {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let index = 0; index < warmUps + samples; index += 1) {
    const peer = await ask(direct, `${name} ${index}`, stream);
    const own = await ask(ours, `${name} ${index}`, stream);
    if (index < warmUps) continue;
    times.peer.push(peer);
    times.ours.push(own);
  }
  return ([0.5, 0.99] as const).map((share) => {
    const [own, peer] = [quantile(times.ours, share), quantile(times.peer, share)];
    const added = (own - peer).toFixed(2);
    return reported({ name: `${name}: p${share * 100} (adds ${added} ms)`, unit: 'ms', ours: own, peer });
  });
}

/** Milliseconds until the whole answer, or until the first bytes of a stream that carry a token. */
async function ask({ client, headers }: Endpoint, prompt: string, stream: boolean): Promise<number> {
  const body = JSON.stringify({ model: 'bench-model', stream, messages: [{ role: 'user', content: prompt }] });
  const began = performance.now();
  const response = await client.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { ...headers },
    body,
  });
  let first: number | undefined;
  let text = '';
  for await (const part of response.body) {
    text += String(part);
    if (stream && /"content":"[^"]/.test(text)) first ??= performance.now() - began;
  }
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${text}`);
  return first ?? performance.now() - began;
}
