import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { startRedis } from '../../../test/redis/index.js';
import { RedisConnectionModule } from './redis-connection.module.js';
import { RedisConnections } from './redis-connections.js';
import { RedisHealthIndicator } from './redis-health.indicator.js';

const evicting = { args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] };

async function boot(urls: { cache: string; state: string; bus: string }) {
  const imports = [RedisConnectionModule.forRoot({ useFactory: () => ({ urls, keyPrefix: 't' }) })];
  return (await Test.createTestingModule({ imports }).compile()).init();
}

describe('the memory policy', () => {
  it('of a state server must not be to evict: the boot is refused', async () => {
    const redis = await startRedis(evicting);
    const keeping = await startRedis();
    await expect(boot({ cache: redis.url, state: redis.url, bus: keeping.url })).rejects.toThrow(
      'The Redis of role state evicts (allkeys-lru): it needs noeviction',
    );
    await Promise.all([redis.stop(), keeping.stop()]);
  });

  it('of a cache server may be to evict, and of a server without a limit is never followed', async () => {
    const redis = await startRedis(evicting);
    const unlimited = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const app = await boot({ cache: redis.url, state: unlimited.url, bus: unlimited.url });
    expect(app.get(RedisConnections).snapshot()).toEqual([
      { role: 'cache', status: 'connected', transitions: 1 },
      { role: 'state', status: 'connected', transitions: 1 },
      { role: 'bus', status: 'connected', transitions: 1 },
    ]);
    const health = app.get(RedisHealthIndicator);
    expect(health.isHealthy('cache')).toEqual({ 'redis-cache': { status: 'up' } });
    await app.close();
    expect(health.isHealthy('cache')).toMatchObject({ 'redis-cache': { status: 'down' } });
    await Promise.all([redis.stop(), unlimited.stop()]);
  });
});
