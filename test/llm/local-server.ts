import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (request: ReceivedRequest, response: ServerResponse, call: number) => void | Promise<void>;

/** An HTTP server on loopback whose handler may misbehave as it likes; counts calls and connections that clients broke off. */
export class LocalServer {
  readonly requests: ReceivedRequest[] = [];
  readonly brokenOff: number[] = [];
  connections = 0;
  private readonly server = createServer((request, response) => void this.answer(request, response));

  private constructor(private readonly handler: Handler) {
    this.server.on('connection', () => this.connections++);
  }

  static async start(handler: Handler): Promise<LocalServer> {
    const local = new LocalServer(handler);
    await new Promise<void>((resolve) => local.server.listen(0, '127.0.0.1', resolve));
    return local;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = this.requests.length + 1;
    const parts: Buffer[] = [];
    try {
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    } catch {
      return;
    }
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: Buffer.concat(parts).toString('utf8') };
    this.requests.push(received);
    response.on('close', () => {
      if (!response.writableFinished) this.brokenOff.push(call);
    });
    await this.handler(received, response, call);
  }
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a stream of chunks, ended as OpenAI ends it. */
export function sendStream(response: ServerResponse, chunks: Iterable<unknown>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.end('data: [DONE]\n\n');
}
