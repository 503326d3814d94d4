import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { LimitDefinition, LimitVerdict } from '#contracts';
import { send, type Reply, type SendOptions } from './http.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from './suite.js';

type Headers = Readonly<Record<string, string>>;
type More = Readonly<Record<string, unknown>>;

/** A limit of one user; what is used of it comes back so slowly that no test sees it. */
export function limit(more: Partial<LimitDefinition> = {}): LimitDefinition {
  const requests = { name: 'requests', scope: ['user'], unit: 'requests', algorithm: 'sliding-window-log' } as const;
  return { ...requests, scope: ['user'], capacity: 100, windowSeconds: 36_000, ...more };
}

/** A user of the default tenant with limits that nobody else has. */
export class OwnLimits {
  readonly user = `user-${randomUUID()}`;

  private constructor(private readonly current: CurrentSuite) {}

  /** Sets a policy, assigns it to a new user and waits until every gateway has heard of it. */
  static async begin(current: CurrentSuite, ...limits: LimitDefinition[]): Promise<OwnLimits> {
    const own = new OwnLimits(current);
    const policy = `policy-${own.user}`;
    await own.administer(`/v1/limits/policies/${policy}`, { method: 'PUT', body: { limits } });
    await own.assign(policy, own.user);
    // Rules arrive in their order: who knows of the last one knows of all.
    const canary = `canary-${own.user}`;
    await own.assign('requests-60-per-user-minute', canary);
    for (const gateway of current().larder.gateways.keys()) {
      await eventually(async () => {
        const headers = { 'x-larder-user': canary, 'cache-control': 'only-if-cached' };
        const reply = await current().larder.chat(chatBody(), headers, gateway);
        expect(reply.headers['ratelimit-policy']).toBe('"requests-per-minute";q=60;w=60');
      });
    }
    return own;
  }

  get headers(): Headers {
    return { authorization: `Bearer ${this.current().larder.key}`, 'x-larder-user': this.user };
  }

  chat(more: More = {}, headers: Headers = {}, gateway = 0): Promise<Reply> {
    const { prompt = freshPrompt(), ...rest } = more as More & { prompt?: string };
    return this.current().larder.chat(chatBody(prompt, rest), { 'x-larder-user': this.user, ...headers }, gateway);
  }

  /** What is used of a limit. */
  async used(name = 'requests'): Promise<number> {
    const reply = await this.administer(`/v1/limits/usage?tenant=acme&user=${this.user}`);
    const state = reply.json<LimitVerdict>().limits.find((each) => each.name === name);
    return state!.limit - state!.remaining;
  }

  /** Settling may outlast the answer that it is for. */
  async untilUsed(amounts: Readonly<Record<string, number>>): Promise<void> {
    await eventually(async () => {
      const used = await Promise.all(Object.keys(amounts).map((name) => this.used(name)));
      expect(Object.fromEntries(Object.keys(amounts).map((name, at) => [name, used[at]]))).toEqual(amounts);
    });
  }

  async reset(): Promise<void> {
    await this.administer('/v1/limits/reset', { body: { tenant: 'acme', subject: { user: this.user } } });
  }

  /** With the administrator's key, where the limits' own REST is. */
  async administer(path: string, options: SendOptions = {}): Promise<Reply> {
    const { larder } = this.current();
    const headers = { authorization: `Bearer ${larder.adminKey}` };
    const reply = await send(`${larder.urlOf('ratelimit')}${path}`, { ...options, headers });
    if (reply.status >= 300) throw new Error(`${path} answered ${reply.status}: ${reply.text}`);
    return reply;
  }

  private async assign(policy: string, user: string): Promise<void> {
    await this.administer('/v1/limits/assignments', { body: { policy, tenant: 'acme', user } });
  }
}
