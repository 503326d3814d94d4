import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl, RedisUrlError } from './redis-url.js';

describe('a Redis URL', () => {
  it('names one server', () => {
    expect(parseRedisUrl('redis://localhost')).toEqual({
      kind: 'standalone',
      tls: false,
      addresses: [{ host: 'localhost', port: 6379 }],
      database: 0,
    });
    expect(parseRedisUrl('rediss://larder:p%40ss%3Aw@[::1]:7000/3')).toEqual({
      kind: 'standalone',
      tls: true,
      credentials: { username: 'larder', password: 'p@ss:w' },
      addresses: [{ host: '::1', port: 7000 }],
      database: 3,
    });
    expect(parseRedisUrl('redis://:secret@redis/').credentials).toEqual({ password: 'secret' });
  });

  it('names sentinels, the master and its database', () => {
    expect(parseRedisUrl('redis+sentinel://a:1,b/main/2')).toMatchObject({
      kind: 'sentinel',
      addresses: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26379 },
      ],
      master: 'main',
      database: 2,
    });
    const guarded = parseRedisUrl('rediss+sentinel://u:p@a/main?sentinelPassword=s%26s&sentinelUsername=v');
    expect(guarded).toMatchObject({
      tls: true,
      credentials: { username: 'u', password: 'p' },
      sentinelCredentials: { username: 'v', password: 's&s' },
    });
  });

  it('names nodes of a cluster', () => {
    expect(parseRedisUrl('redis+cluster://:p@a:1,b:2')).toMatchObject({
      kind: 'cluster',
      addresses: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    });
  });

  it.each([
    ['', 'is not a Redis URL'],
    ['hidden:6379', 'is not a Redis URL'],
    ['redis://', 'is not a Redis URL'],
    ['redis://u:hid@den@host', 'is not a Redis URL'],
    ['redis://host#hidden', 'is not a Redis URL'],
    ['http://hidden:6379', 'unknown scheme'],
    ['constructor://hidden', 'unknown scheme'],
    ['redis://hidden:0', 'not host:port'],
    ['redis://hidden:70000', 'not host:port'],
    ['redis://hid den', 'not host:port'],
    ['redis://hidden:', 'not host:port'],
    ['redis://a:1,hidden:2', 'several servers'],
    ['redis://host/hidden', 'not a number'],
    ['redis://host/1/hidden', 'more than a database'],
    ['redis://host?hidden=1', 'has a query'],
    ['redis://hidden@host', 'not user:password'],
    ['redis://hidden:@host', 'not user:password'],
    ['redis://u:p:hidden@host', 'not user:password'],
    ['redis://u:%E0hidden@host', 'encodes nothing'],
    ['redis+sentinel://hidden:1', 'must name the master'],
    ['redis+sentinel://hidden:1/', 'must name the master'],
    ['redis+sentinel://hidden:1//0', 'must name the master'],
    ['redis+sentinel://host/main/0/hidden', 'must name the master'],
    ['redis+sentinel://host/main?hidden=1', 'has a query'],
    ['redis+sentinel://host/main?sentinelUsername=hidden', 'without a sentinelPassword'],
    ['redis+sentinel://host/main?sentinelPassword=a&sentinelPassword=hidden', 'has a query'],
    ['redis+cluster://hidden:1/0', 'only one database'],
    ['redis+cluster://host?hidden', 'has a query'],
  ])('is refused without being repeated: %s', (url, fault) => {
    let error: unknown;
    try {
      parseRedisUrl(url);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(RedisUrlError);
    expect(String(error)).toContain(fault);
    expect(String(error)).not.toContain('hid');
  });
});
