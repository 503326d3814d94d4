import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { startStandalone, type Larder } from './measuring/larder.js';
import { quantile } from './measuring/quantile.js';
import { atMost, reported, type Result } from './measuring/result.js';

const crafts = ['bakers', 'carpenters', 'sailors', 'gardeners', 'painters', 'weavers', 'miners', 'tailors'];
const tools = ['ladders', 'brushes', 'ropes', 'shovels', 'scales', 'lanterns', 'barrels', 'needles'];
const questions = crafts.flatMap((craft) =>
  tools.map((tool) => `Why do ${craft} keep their ${tool} in the same place?`),
);
/** What people put around a question without asking anything else. */
const wordings = [
  (question: string) => `Could you please tell me ${lower(question)}`,
  (question: string) => `Please tell me ${lower(question)}`,
  (question: string) => `${question} Thanks!`,
  (question: string) => `Hello, ${lower(question)}`,
];

/** A hit by meaning through the gateway, with the embedder that is always there: no two questions are the same text. */
export async function run(): Promise<Result[]> {
  const larder = await startStandalone();
  const client = new Client(larder.url);
  try {
    await Promise.all(questions.map((question) => ask(client, larder, question)));
    await untilIndexed(client, larder);
    const semantic: number[] = [];
    const exact: number[] = [];
    let misses = 0;
    for (const wording of wordings) {
      for (const question of questions) {
        const near = await ask(client, larder, wording(question));
        if (near.cache === 'hit-semantic') semantic.push(near.elapsedMs);
        else misses += 1;
        exact.push((await ask(client, larder, question)).elapsedMs);
      }
    }
    return results(semantic, exact, misses);
  } finally {
    await client.close();
    await larder.stop();
  }
}

function results(semantic: readonly number[], exact: readonly number[], misses: number): Result[] {
  const share = semantic.length / (semantic.length + misses);
  return [
    atMost(5, { name: 'hit by meaning: p50', unit: 'ms', ours: quantile(semantic, 0.5), peer: quantile(exact, 0.5) }),
    reported({ name: 'hit by meaning: p99', unit: 'ms', ours: quantile(semantic, 0.99), peer: quantile(exact, 0.99) }),
    reported({ name: 'other wordings that hit', unit: 'of all', ours: share }),
  ];
}

async function untilIndexed(client: Client, larder: Larder): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const reply = await ask(client, larder, `Please tell me ${lower(questions.at(-1)!)} `);
    if (reply.cache === 'hit-semantic') return;
    await sleep(100);
  }
  throw new Error('Nothing was found by its meaning');
}

function lower(question: string): string {
  return question.charAt(0).toLowerCase() + question.slice(1);
}

async function ask(client: Client, { headers }: Larder, prompt: string): Promise<{ cache: string; elapsedMs: number }> {
  const body = JSON.stringify({ model: 'larder-demo', messages: [{ role: 'user', content: prompt }] });
  const began = performance.now();
  const response = await client.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { ...headers },
    body,
  });
  const text = await response.body.text();
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${text}`);
  return { cache: String(response.headers['x-larder-cache']), elapsedMs: performance.now() - began };
}
