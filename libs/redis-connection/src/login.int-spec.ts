import { afterEach, describe, expect, it } from '@jest/globals';
import { hasOpenssl, startRedis, type RunningRedis, type StartRedisOptions } from '../../../test/redis/index.js';
import { RedisConnections } from './redis-connections.js';
import type { RedisConnectionOptions } from './redis-options.js';

let redis: RunningRedis;
let connections: RedisConnections;
const lines: string[] = [];
const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);

async function connect(server: StartRedisOptions, options: Partial<RedisConnectionOptions> = {}, login?: string) {
  lines.length = 0;
  redis = await startRedis(server);
  const url = login === undefined ? redis.url : redis.url.replace(/\/\/.*@/, `//${login}@`);
  const urls = { cache: url, state: url, bus: url };
  const tls = redis.ca === undefined ? undefined : { ca: redis.ca };
  connections = new RedisConnections({ urls, keyPrefix: 't', tls, logger: { info: write, warn: write }, ...options });
  await connections.onModuleInit();
}

afterEach(async () => {
  await connections.onApplicationShutdown();
  await redis.stop();
});

describe('ACL users', () => {
  const acl = ['larder on >p@ss:w/rd ~t:* &* +@all -@dangerous +info', 'other on >other ~* &* +@all'];

  it('log in and keep to their keys', async () => {
    await connect({ acl });
    expect(await connections.command('cache').set('t:k', 'v')).toBe('OK');
    await expect(connections.command('cache').get('x:k')).rejects.toThrow(/NOPERM|No permissions/);
    expect(connections.status('cache')).toBe('connected');
  });

  it('with a wrong password stay away, and no line shows it', async () => {
    await connect({ acl }, {}, 'larder:wrong-secret');
    expect(connections.status('cache')).toBe('degraded');
    expect(lines.join('\n')).toContain('WRONGPASS');
    expect(lines.join('\n')).not.toContain('wrong-secret');
    expect(lines).toHaveLength(1);
  });
});

const withOpenssl = hasOpenssl() ? describe : describe.skip;
if (!hasOpenssl()) {
  process.stderr.write('\nNOT TESTED: TLS, because there is no openssl to make a certificate with\n\n');
}

withOpenssl('TLS', () => {
  it('connects where the authority is trusted, with blocking readers too', async () => {
    await connect({ tls: true });
    expect(await connections.command('bus').xadd('stream', '*', 'n', '1')).toBeTruthy();
    const reader = connections.openBlocking('bus', 'test');
    expect(await reader.xread('BLOCK', 1_000, 'STREAMS', 'stream', '0')).toHaveLength(1);
  });

  it('refuses a server whose authority is not trusted', async () => {
    await connect({ tls: true }, { tls: {} });
    expect(connections.status('bus')).toBe('degraded');
    expect(lines.join('\n')).toMatch(/self.signed/);
  });
});
