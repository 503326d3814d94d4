import { startChild, type Child } from './child.js';

const adminKey = 'bench-admin-key';
/** What the gateway and the bare handler are asked for; the model name is the demo model's. */
export const question = JSON.stringify({
  model: 'larder-demo',
  messages: [
    { role: 'system', content: 'You answer in two sentences, for a reader in a hurry.' },
    { role: 'user', content: 'Why is the sky blue, and why is it red in the evening?' },
  ],
});

/** A running Larder and the headers of a client that may chat. */
export interface Larder {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

async function withKey(gateway: Child, others: readonly Child[] = []): Promise<Larder> {
  const response = await fetch(`${gateway.url}/v1/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ tenant: 'default', roles: ['chat'] }),
  });
  if (response.status !== 201) throw new Error(`POST /v1/keys answered ${response.status}: ${await response.text()}`);
  const { key } = (await response.json()) as { key: string };
  const stop = async () => void (await Promise.all([gateway, ...others].map((each) => each.stop())));
  return { url: gateway.url, headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` }, stop };
}

/** One process; keys are checked as in production. */
export async function startStandalone(env: Readonly<Record<string, string>> = {}): Promise<Larder> {
  return withKey(await startChild('apps/standalone/src/main.js', { LARDER_ADMIN_KEY: adminKey, ...env }));
}

/** What a chat needs of `npm start -- --split`: a gateway, two replicas of the cache and the limits. */
export async function startSplit(env: Readonly<Record<string, string>> = {}): Promise<Larder> {
  const all = { LARDER_ADMIN_KEY: adminKey, ...env };
  const cache = 'apps/cache/src/main.js';
  const [gateway, ...others] = await Promise.all([
    startChild('apps/gateway/src/main.js', all),
    startChild(cache, all),
    startChild(cache, all),
    // Without it the gateway would find it missing with every request.
    startChild('apps/ratelimit/src/main.js', all),
  ]);
  return withKey(gateway, others);
}

/** Asks until the answer comes out of the cache; returns it. */
export async function primeCache({ url, headers }: Larder): Promise<string> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body: question });
    const answer = await response.text();
    if (response.headers.get('cache-status')?.includes('hit')) return answer;
  }
  throw new Error('The answer did not come out of the cache');
}
