import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Reply } from './http.js';
import { chatBody, eventually, promptMarker, type CurrentSuite } from './suite.js';

type Headers = Readonly<Record<string, string>>;
type More = Readonly<Record<string, unknown>>;

/** A question, and the same in other words. */
export const question = `How do I reset the password of the ${promptMarker} portal?`;
export const politely = `Hi! Could you please tell me how I reset the password of the ${promptMarker} portal? Thanks!`;

/** One cache of the default tenant that nobody else uses. */
export class OwnCache {
  readonly id = `own-${randomUUID()}`;

  constructor(private readonly current: CurrentSuite) {}

  async configure(policy: object): Promise<this> {
    const reply = await this.current().larder.cacheRest(`/v1/caches/${this.id}`, { method: 'PUT', body: policy });
    if (reply.status !== 200) throw new Error(`PUT /v1/caches answered ${reply.status}: ${reply.text}`);
    return this;
  }

  ask(prompt: string, headers: Headers = {}, more: More = {}, gateway = 0): Promise<Reply> {
    const own = { 'x-larder-cache-id': this.id, ...headers };
    return this.current().larder.chat(chatBody(prompt, more), own, gateway);
  }

  /** Only looks: what is not there is not asked for, and leaves nothing behind. */
  look(prompt: string, headers: Headers = {}, more: More = {}, gateway = 0): Promise<Reply> {
    return this.ask(prompt, { 'cache-control': 'only-if-cached', ...headers }, more, gateway);
  }

  /** Asks until the answer is kept: on a busy machine a write may miss its deadline, and the answer comes without it. */
  keep(prompt: string, headers: Headers = {}, more: More = {}): Promise<Reply> {
    return eventually(async () => {
      const reply = await this.ask(prompt, headers, more);
      expect([reply.status, reply.headers['x-larder-entry']]).toEqual([200, expect.any(String)]);
      return reply;
    });
  }

  /** Asks `question` and waits until every replica answers `politely` by its meaning; the answer that was kept. */
  async learn(headers: Headers = {}, more: More = {}): Promise<Reply> {
    const first = await this.keep(question, headers, more);
    for (const gateway of this.current().larder.gateways.keys()) {
      await eventually(async () => {
        // Replicas of the cache take turns behind a gateway.
        for (let turn = 0; turn < 4; turn += 1) {
          const again = await this.look(politely, headers, more, gateway);
          expect(again.headers['x-larder-cache']).toBe('hit-semantic');
        }
      });
    }
    return first;
  }
}
