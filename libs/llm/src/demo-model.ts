import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoAnswer, demoChunks, demoCompletion } from './demo-chat.js';
import { demoEmbeddings } from './demo-embeddings.js';
import { demoCreated, demoModelName } from './demo-name.js';
import { demoConversation, demoResponse } from './demo-responses.js';
import { ownErrorAnswer } from './error-answer.js';
import { isJsonObject, type JsonObject, type ModelCard } from './openai-wire.js';
import { responseEvents } from './response-replay.js';
import { responseUsage } from './response-wire.js';
import { encodeNamedSse, encodeSse, sseDone } from './sse-writer.js';
import type { Outcome, Upstream, WireAnswer } from './upstream.js';
import type { CompletionCall, UpstreamResponse } from './upstream-exchange.js';

export interface DemoPace {
  /** Milliseconds until the first token. */
  readonly firstTokenMs: number;
  /** Milliseconds between tokens. */
  readonly tokenMs: number;
}

const realisticPace: DemoPace = { firstTokenMs: 300, tokenMs: 20 };

/** A frame of a stream, and whether the model had to think for it. */
interface Frame {
  readonly text: string;
  readonly isPaced: boolean;
}

/** The built-in model: deterministic words at a model's pace, on OpenAI's wire, without any network. */
export class DemoModel implements Upstream {
  readonly name = 'demo';
  readonly models = [demoModelName];

  constructor(private readonly pace: DemoPace = realisticPace) {}

  /** Every model: one that it does not know gets OpenAI's own 404. */
  serves(): boolean {
    return true;
  }

  async complete(call: CompletionCall): Promise<Outcome> {
    const request = parsed(call.body);
    const response = refusalOf(request, call) ?? (await this.answer(request, call));
    return { kind: 'answer', response };
  }

  async forward(): Promise<UpstreamResponse> {
    const message = 'The demo model only answers chat completions, responses and embeddings.';
    return ownErrorAnswer('demo', 404, message, { code: 'not_supported' });
  }

  async listModels(): Promise<ModelCard[]> {
    return [{ id: demoModelName, object: 'model', created: demoCreated, owned_by: 'larder' }];
  }

  async close(): Promise<void> {}

  private answer(request: JsonObject, { path, stream, signal }: CompletionCall): Promise<WireAnswer> {
    switch (path) {
      case '/embeddings':
        return this.plain(demoEmbeddings(request), 0, signal);
      case '/responses':
        return this.response(request, stream, signal);
      default:
        return this.chat(request, stream, signal);
    }
  }

  private async chat(request: JsonObject, stream: boolean, signal: AbortSignal): Promise<WireAnswer> {
    const answer = demoAnswer(request);
    if (!stream) return this.plain(demoCompletion(answer), answer.usage.completion_tokens, signal);
    const includeUsage = isJsonObject(request.stream_options) && request.stream_options.include_usage === true;
    const frames = function* (): Generator<Frame> {
      for (const chunk of demoChunks(answer, includeUsage)) {
        yield { text: encodeSse(JSON.stringify(chunk)), isPaced: true };
      }
      yield { text: sseDone, isPaced: false };
    };
    return this.streamed(frames(), signal);
  }

  private async response(request: JsonObject, stream: boolean, signal: AbortSignal): Promise<WireAnswer> {
    const response = demoResponse(request);
    if (!stream) return this.plain(response, responseUsage(response)?.completion_tokens ?? 0, signal);
    const frames = function* (): Generator<Frame> {
      for (const event of responseEvents(response)) {
        const text = encodeNamedSse(event.type, JSON.stringify(event));
        yield { text, isPaced: event.type.endsWith('.delta') };
      }
    };
    return this.streamed(frames(), signal);
  }

  private async plain(body: object, tokens: number, signal: AbortSignal): Promise<WireAnswer> {
    await this.wait(this.pace.firstTokenMs + tokens * this.pace.tokenMs, signal);
    return this.wire('application/json', Readable.from([Buffer.from(JSON.stringify(body))]));
  }

  private streamed(frames: Iterable<Frame>, signal: AbortSignal): WireAnswer {
    const events = async function* (this: DemoModel): AsyncGenerator<Buffer> {
      let waitMs = this.pace.firstTokenMs;
      for (const { text, isPaced } of frames) {
        if (isPaced) {
          await this.wait(waitMs, signal);
          waitMs = this.pace.tokenMs;
        }
        yield Buffer.from(text);
      }
    };
    return this.wire('text/event-stream; charset=utf-8', Readable.from(events.call(this)));
  }

  private wire(contentType: string, body: Readable): WireAnswer {
    body.on('error', () => undefined);
    return { status: 200, headers: { 'content-type': contentType }, body, upstream: this.name };
  }

  private async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function refusalOf(request: JsonObject, { model, path }: CompletionCall): WireAnswer | undefined {
  if (model !== demoModelName) {
    const message = `The model does not exist: no upstream is configured and the demo model is named ${demoModelName}.`;
    return ownErrorAnswer('demo', 404, message, { param: 'model', code: 'model_not_found' });
  }
  if (path === '/embeddings') return undefined;
  if (path === '/responses') return refusalOfResponse(request);
  return Array.isArray(request.messages) && request.messages.length > 0 ? undefined : empty('messages');
}

function refusalOfResponse(request: JsonObject): WireAnswer | undefined {
  if (typeof request.previous_response_id !== 'string') {
    return demoConversation(request).length > 0 ? undefined : empty('input');
  }
  const fields = { param: 'previous_response_id', code: 'previous_response_not_found' };
  return ownErrorAnswer('demo', 400, 'The demo model keeps no responses: there is none to go on from.', fields);
}

function empty(param: string): WireAnswer {
  const message = `${param} must hold at least one message.`;
  return ownErrorAnswer('demo', 400, message, { param, code: 'invalid_value' });
}

function parsed(body: string): JsonObject {
  try {
    const request: unknown = JSON.parse(body);
    return isJsonObject(request) ? request : {};
  } catch {
    return {};
  }
}
