/** An OpenAI-shaped upstream that takes the same short time for every answer, plain or streamed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const thinkMs = 20;
const words = 'Air scatters short waves more than long ones so the sky is blue and sunsets are red'.split(' ');
const head = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench-model' };
const usage = { prompt_tokens: 20, completion_tokens: words.length, total_tokens: 20 + words.length };

function completion(): string {
  const message = { role: 'assistant', content: words.join(' '), refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  return JSON.stringify({ ...head, object: 'chat.completion', choices, usage });
}

function chunk(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\n`;
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant', content: '' }, null));
  for (const word of words) response.write(chunk({ content: `${word} ` }, null));
  response.write(chunk({}, 'stop'));
  const last = { ...head, object: 'chat.completion.chunk', choices: [], usage };
  response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const part of request) body += String(part);
  if (request.url !== '/v1/chat/completions') return void response.end('{"object":"list","data":[]}');
  await sleep(thinkMs);
  if ((JSON.parse(body) as { stream?: boolean }).stream) return stream(response);
  response.writeHead(200, { 'content-type': 'application/json' }).end(completion());
}

const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
process.once('SIGTERM', () => process.exit(0));
server.listen(Number(process.env['LARDER_HTTP_PORT']), '127.0.0.1');
