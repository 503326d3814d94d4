import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { webhookKeys, type WebhookKeys } from '#redis-keys';
import type { WebhookEndpoint } from './webhook-endpoint.js';

const replaceEndpoint = defineScript({
  name: 'replace-endpoint',
  lua: readFileSync(new URL('./replace-endpoint.lua', import.meta.url), 'utf8'),
  keys: ['endpoints'],
  args: ['id', 'was', 'is', 'most'],
});

const maxEndpoints = 1_000;

/** A tenant's webhook endpoints in Redis: one hash. */
@Injectable()
export class WebhookRepository {
  private readonly keys: WebhookKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = webhookKeys(connections.keyPrefix);
  }

  /** In the order of their making. */
  async list(tenant: string): Promise<WebhookEndpoint[]> {
    const all = Object.values(await this.redis.hgetall(this.keys.endpoints(tenant))).map(parse);
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async find(tenant: string, id: string): Promise<WebhookEndpoint | undefined> {
    const text = await this.redis.hget(this.keys.endpoints(tenant), id);
    return text === null ? undefined : parse(text);
  }

  /** `was`: as it was read, undefined for a new one; `is`: undefined to remove it. */
  async replace(
    tenant: string,
    id: string,
    was: WebhookEndpoint | undefined,
    is: WebhookEndpoint | undefined,
  ): Promise<'done' | 'changed' | 'full'> {
    const args = { id, was: was ? JSON.stringify(was) : '', is: is ? JSON.stringify(is) : '', most: maxEndpoints };
    const reply = await replaceEndpoint.run(this.redis, { keys: { endpoints: this.keys.endpoints(tenant) }, args });
    return reply as 'done' | 'changed' | 'full';
  }

  private get redis(): RedisClient {
    return this.connections.command('state');
  }
}

const parse = (text: string) => JSON.parse(text) as WebhookEndpoint;
