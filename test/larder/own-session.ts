import OpenAI from 'openai';
import { send, type Reply } from './http.js';
import type { CurrentSuite } from './suite.js';

type Headers = Readonly<Record<string, string>>;

/** A message as the session API shows it. */
export interface ShownMessage {
  readonly role: string;
  readonly content: unknown;
  readonly status: string;
}

/** One session of the default tenant that nobody else uses. */
export class OwnSession {
  private constructor(
    private readonly current: CurrentSuite,
    readonly id: string,
    private readonly key: string,
  ) {}

  static async begin(current: CurrentSuite, more: { readonly userId?: string } = {}): Promise<OwnSession> {
    const { larder } = current();
    const { key } = await larder.createKey({ roles: ['chat', 'sessions'] });
    const reply = await send(`${larder.urlOf('session')}/v1/sessions`, {
      body: more,
      headers: { authorization: `Bearer ${key}` },
    });
    if (reply.status !== 201) throw new Error(`POST /v1/sessions answered ${reply.status}: ${reply.text}`);
    return new OwnSession(current, reply.json<{ id: string }>().id, key);
  }

  get headers(): Headers {
    return { authorization: `Bearer ${this.key}`, 'x-larder-session': this.id };
  }

  /** The official client, told of the session by a default header and of nothing else. */
  client(): OpenAI {
    const { url } = this.current().larder;
    const defaultHeaders = { 'x-larder-session': this.id };
    return new OpenAI({ baseURL: `${url}/v1`, apiKey: this.key, maxRetries: 0, defaultHeaders });
  }

  /** One turn of chat. */
  chat(message: object, more: object = {}, headers: Headers = {}): Promise<Reply> {
    const body = { model: 'stand-in', messages: [message], ...more };
    return this.current().larder.chat(body, { ...this.headers, ...headers });
  }

  async messages(headers: Headers = {}): Promise<readonly ShownMessage[]> {
    const url = `${this.current().larder.urlOf('session')}/v1/sessions/${this.id}/messages?limit=100`;
    const reply = await send(url, { headers: { ...this.headers, ...headers } });
    if (reply.status !== 200) throw new Error(`GET …/messages answered ${reply.status}: ${reply.text}`);
    return reply.json<{ data: ShownMessage[] }>().data;
  }

  async texts(): Promise<readonly string[]> {
    return (await this.messages()).map(({ content }) => String(content));
  }
}
