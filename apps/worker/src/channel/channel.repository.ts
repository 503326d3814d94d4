import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { channelKeys, type ChannelKeys } from '#redis-keys';
import { beginning, type ChannelMessage, type ChannelScope, type NewMessage } from './channel-message.js';
import { defaultSettings, type ChannelSettings } from './channel-settings.js';

const publishMessage = defineScript({
  name: 'publish-message',
  lua: readFileSync(new URL('./publish-message.lua', import.meta.url), 'utf8'),
  keys: ['log', 'settings'],
  args: ['message', 'keyId', 'messages', 'ageMs', 'bell', 'news'],
});

export interface Publisher {
  readonly keyId: string;
  /** Whom no list of publishers binds. */
  readonly isAdmin: boolean;
}

type StreamEntry = [id: string, fields: string[]];

/** Channels in Redis: a stream and a hash each, in one slot. */
@Injectable()
export class ChannelRepository {
  private readonly keys: ChannelKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = channelKeys(connections.keyPrefix);
  }

  /** @returns undefined when the caller is not among the channel's publishers. */
  async publish(scope: ChannelScope, message: NewMessage, { keyId, isAdmin }: Publisher): Promise<string | undefined> {
    const { messages, seconds } = defaultSettings.retention;
    const reply = await publishMessage.run(this.redis, {
      keys: { log: this.log(scope), settings: this.settingsKey(scope) },
      args: {
        message: JSON.stringify({ ...message, keyId }),
        keyId: isAdmin ? '' : keyId,
        messages,
        ageMs: seconds * 1_000,
        bell: this.keys.bell(),
        news: newsOf(scope),
      },
    });
    return reply === 'forbidden' ? undefined : String(reply);
  }

  /** Messages behind an id, in their order. */
  async after(scope: ChannelScope, id: string, limit: number): Promise<ChannelMessage[]> {
    const entries = (await this.redis.xrange(this.log(scope), `(${id}`, '+', 'COUNT', limit)) as StreamEntry[];
    return entries.map(readEntry);
  }

  /** Messages before an id (absent: the latest), the latest first. */
  async before(scope: ChannelScope, id: string | undefined, limit: number): Promise<ChannelMessage[]> {
    const end = id === undefined ? '+' : `(${id}`;
    const entries = (await this.redis.xrevrange(this.log(scope), end, '-', 'COUNT', limit)) as StreamEntry[];
    return entries.map(readEntry);
  }

  async has(scope: ChannelScope, id: string): Promise<boolean> {
    return (await this.redis.xrange(this.log(scope), id, id, 'COUNT', 1)).length > 0;
  }

  /** Id of the latest message. */
  async lastId(scope: ChannelScope): Promise<string> {
    return (await this.before(scope, undefined, 1))[0]?.id ?? beginning;
  }

  async settings(scope: ChannelScope): Promise<ChannelSettings> {
    const kept = await this.redis.hgetall(this.settingsKey(scope));
    const { messages, ageMs, publishers, subscribers } = kept;
    if (messages === undefined || ageMs === undefined) return defaultSettings;
    return {
      retention: { messages: Number(messages), seconds: Number(ageMs) / 1_000 },
      ...(publishers !== undefined && { publishers: list(publishers) }),
      ...(subscribers !== undefined && { subscribers: list(subscribers) }),
    };
  }

  async setSettings(scope: ChannelScope, settings: ChannelSettings): Promise<void> {
    const { retention, publishers, subscribers } = settings;
    const key = this.settingsKey(scope);
    const fields = {
      messages: retention.messages,
      ageMs: retention.seconds * 1_000,
      ...(publishers && { publishers: publishers.join() }),
      ...(subscribers && { subscribers: subscribers.join() }),
    };
    await this.redis.multi().del(key).hset(key, fields).exec();
  }

  /** The channel as if it had never been, but for those present. */
  async remove(scope: ChannelScope): Promise<void> {
    await this.redis.del(this.log(scope), this.settingsKey(scope));
  }

  /** Runs `listen` whenever a channel has news, named as by `newsOf`; a missed bell is made up for by asking. */
  openBell(listen: (news: string) => void): RedisClient {
    const client = this.connections.openBlocking('state', 'channel-bell');
    client.on('message', (_bell: string, news: string) => listen(news));
    // Rejected when the first attempt to connect fails; ioredis subscribes again by itself once it has been connected.
    const subscribe = () => void client.subscribe(this.keys.bell()).catch(() => undefined);
    client.on('ready', subscribe);
    return client;
  }

  closeBell(client: RedisClient): void {
    this.connections.closeBlocking(client);
  }

  private log({ tenant, channel }: ChannelScope): string {
    return this.keys.log(tenant, channel);
  }

  private settingsKey({ tenant, channel }: ChannelScope): string {
    return this.keys.settings(tenant, channel);
  }

  private get redis(): RedisClient {
    return this.connections.command('state');
  }
}

/** A channel's name on the bell. */
export function newsOf({ tenant, channel }: ChannelScope): string {
  return `${tenant}:${channel}`;
}

const list = (text: string): string[] => text.split(',').filter((each) => each !== '');

function readEntry([id, [, text = '{}']]: StreamEntry): ChannelMessage {
  return { ...(JSON.parse(text) as Omit<ChannelMessage, 'id'>), id };
}
