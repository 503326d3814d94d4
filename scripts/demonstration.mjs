const demoModel = 'larder-demo';
const waitMs = 15_000;

/** The command that a reader copies to see the cache work. */
export function curlCommand(url, model) {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Why is the sky blue?' }] });
  const key = process.env.LARDER_ADMIN_KEY ? ` -H "Authorization: Bearer $LARDER_ADMIN_KEY"` : '';
  return `curl -i ${url}/v1/chat/completions${key} -H 'Content-Type: application/json' -d '${body}'`;
}

const headers = () => {
  const key = process.env.LARDER_ADMIN_KEY;
  return { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) };
};

/** True when the built-in demo model answers, that is, when no upstream is configured. */
export async function isDemo(url) {
  try {
    const response = await fetch(`${url}/v1/models`, { headers: headers(), signal: AbortSignal.timeout(waitMs) });
    const { data } = await response.json();
    return data.some(({ id }) => id === demoModel);
  } catch {
    return false;
  }
}

/** Asks one prompt twice, the second time out of the cache: `{ ms, status, cache }` of both. */
export async function askTwice(url) {
  // New at every start: an answer kept from the last run would make the first one a hit as well.
  const content = `Say hello to whoever started Larder at ${new Date().toISOString()}`;
  const body = JSON.stringify({ model: demoModel, messages: [{ role: 'user', content }] });
  return [await ask(url, body), await ask(url, body)];
}

async function ask(url, body) {
  const began = performance.now();
  const request = { method: 'POST', headers: headers(), body, signal: AbortSignal.timeout(waitMs) };
  const response = await fetch(`${url}/v1/chat/completions`, request);
  await response.arrayBuffer();
  return { ms: performance.now() - began, status: response.status, cache: response.headers.get('cache-status') };
}
