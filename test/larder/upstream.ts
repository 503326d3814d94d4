import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { modelNotFound, type Behaviour, type ChatBody, type UpstreamCall } from './upstream-behaviour.js';
import { playChat, sendJson } from './upstream-chat.js';
import { playResponses, type ResponsesBody } from './upstream-responses.js';
import { inputsOf, playEmbeddings, type EmbeddingsBody } from './upstream-embeddings.js';

interface Script {
  readonly behaviours: readonly Behaviour[];
  played: number;
}

/** A server that speaks OpenAI's wire, remembers every call and does to each model what its script says. */
export class StandInUpstream {
  readonly calls: UpstreamCall[] = [];
  /** The key that it expects nowhere and that must show up nowhere else. */
  readonly apiKey = 'sk-upstream-0f5c2b7e91';
  private readonly scripts = new Map<string, Script>(
    ['stand-in', 'stand-in-mini', 'stand-in-embedder'].map((model) => [model, { behaviours: [{}], played: 0 }]),
  );
  private answered = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<StandInUpstream> {
    const server = createServer();
    const upstream = new StandInUpstream(server);
    server.on('request', (request, response) => {
      upstream.receive(request, response).catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** A fresh model name whose n-th call plays the n-th behaviour; the last one repeats. */
  newModel(...behaviours: Behaviour[]): string {
    const name = `scripted-${this.scripts.size}`;
    this.scripts.set(name, { behaviours: behaviours.length > 0 ? behaviours : [{}], played: 0 });
    return name;
  }

  /** The chat calls for one model, or those whose body holds a text. */
  chatCalls(filter: { model?: string; containing?: string }): UpstreamCall[] {
    return this.calls.filter(
      (call) =>
        call.chat !== undefined &&
        (filter.model === undefined || call.chat.model === filter.model) &&
        (filter.containing === undefined || call.text.includes(filter.containing)),
    );
  }

  /** The calls for a response whose body holds a text. */
  responseCalls(containing: string): UpstreamCall[] {
    return this.calls.filter(({ path, text }) => path === '/v1/responses' && text.includes(containing));
  }

  /** The texts of each call for embeddings whose body holds a text. */
  embeddingInputs(containing: string): unknown[][] {
    const calls = this.calls.filter(({ path, text }) => path === '/v1/embeddings' && text.includes(containing));
    return calls.map(({ text }) => [...inputsOf(JSON.parse(text) as EmbeddingsBody)]);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const call = this.record(request, Buffer.concat(parts).toString('utf8'));
    response.on('close', () => (call.state = response.writableFinished ? 'answered' : 'aborted'));
    const path = call.path.split('?')[0];
    if (call.method === 'POST' && path === '/v1/chat/completions') return this.chat(call, response);
    if (call.method === 'POST' && path === '/v1/embeddings') return this.embeddings(call, response);
    if (call.method === 'POST' && path === '/v1/responses') return this.responses(call, response);
    sendJson(response, ...this.elsewhere(`${call.method} ${path}`, call));
  }

  private record(request: IncomingMessage, text: string): UpstreamCall {
    const path = request.url ?? '/';
    const isChat = path.startsWith('/v1/chat/completions');
    const call: UpstreamCall = {
      method: request.method ?? 'GET',
      path,
      headers: request.headers,
      text,
      chat: isChat ? (JSON.parse(text) as ChatBody) : undefined,
      state: 'open',
    };
    this.calls.push(call);
    return call;
  }

  private async chat(call: UpstreamCall, response: ServerResponse): Promise<void> {
    const body = call.chat!;
    await playChat(response, body, this.nextBehaviour(body.model), ++this.answered);
  }

  private async embeddings(call: UpstreamCall, response: ServerResponse): Promise<void> {
    const body = JSON.parse(call.text) as EmbeddingsBody;
    await playEmbeddings(response, body, this.nextBehaviour(body.model));
  }

  private async responses(call: UpstreamCall, response: ServerResponse): Promise<void> {
    const body = JSON.parse(call.text) as ResponsesBody;
    await playResponses(response, body, this.nextBehaviour(body.model), ++this.answered);
  }

  private nextBehaviour(model: string): Behaviour {
    const script = this.scripts.get(model);
    return script ? script.behaviours[Math.min(script.played++, script.behaviours.length - 1)]! : modelNotFound;
  }

  private elsewhere(route: string, call: UpstreamCall): [status: number, body: unknown] {
    switch (route) {
      case 'GET /v1/models':
        return [200, { object: 'list', data: [this.card('stand-in'), this.card('stand-in-mini')] }];
      case 'POST /v1/moderations':
        return [200, { id: 'modr-1', model: 'stand-in-moderation', results: [{ flagged: false }] }];
      case 'POST /v1/audio/transcriptions':
        return [200, { text: `received ${call.text.length} characters` }];
      case 'GET /v1/responses/resp_kept':
        return [200, { id: 'resp_kept', object: 'response', status: 'completed', output: [] }];
      default:
        return [404, { error: { message: 'no such path', type: 'invalid_request_error', param: null, code: null } }];
    }
  }

  private card(id: string) {
    return { id, object: 'model', created: 1_700_000_000, owned_by: 'stand-in' };
  }
}

export function startUpstream(): Promise<StandInUpstream> {
  return StandInUpstream.start();
}
