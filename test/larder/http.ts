import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string or bytes as they are. */
  readonly body?: object | string | Buffer;
  /** Milliseconds after which the request counts as hung; generous, no measure of speed. */
  readonly timeoutMs?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  json<T = Record<string, unknown>>(): T;
}

class HungRequest extends Error {
  override readonly name = 'HungRequest';
}

function payloadOf(body: SendOptions['body']): Buffer | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

async function open(url: string, options: SendOptions): Promise<IncomingMessage> {
  const payload = payloadOf(options.body);
  const headers = {
    ...(payload && { 'content-type': 'application/json', 'content-length': String(payload.length) }),
    ...options.headers,
  };
  const method = options.method ?? (payload ? 'POST' : 'GET');
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 30_000);
  const request = httpRequest(url, { method, headers });
  const giveUp = () => request.destroy(new HungRequest(`no answer to ${method} ${url}`));
  timeout.addEventListener('abort', giveUp);
  request.on('close', () => timeout.removeEventListener('abort', giveUp));
  request.end(payload);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function finish(response: IncomingMessage): Promise<Reply> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) headers[name] = String(value);
  return { status: response.statusCode ?? 0, headers, text, json: <T>() => JSON.parse(text) as T };
}

/** One request over plain node:http, so that every header and byte is ours. */
export async function send(url: string, options: SendOptions = {}): Promise<Reply> {
  return finish(await open(url, options));
}

/** Sends, waits for the first bytes of the answer's body and hangs up. */
export async function sendAndHangUp(url: string, options: SendOptions = {}): Promise<string> {
  const response = await open(url, options);
  const [part] = (await once(response, 'data')) as [Buffer];
  response.on('error', () => undefined);
  response.destroy();
  return part.toString('utf8');
}

/** Sends and hangs up as soon as `when` settles, without waiting for any answer. */
export async function sendAndAbandon(url: string, options: SendOptions, when: Promise<unknown>): Promise<void> {
  const payload = payloadOf(options.body);
  const request = httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options.headers },
  });
  request.on('error', () => undefined);
  request.end(payload);
  await when;
  request.destroy();
}
