import { describe, expect, it } from '@jest/globals';
import { ServiceError } from '#contracts';
import { readCacheControls } from './cache-controls.js';

describe('cache controls', () => {
  it('has defaults when nothing is asked', () => {
    expect(readCacheControls({}, {})).toEqual({
      cacheId: 'default',
      noCache: false,
      httpNoCache: false,
      noStore: false,
      onlyIfCached: false,
      boundaries: {},
    });
  });

  it('reads Cache-Control without regard to case, spaces, quotes and unknown directives', () => {
    const controls = readCacheControls({ 'cache-control': 'No-Cache, max-age="60" , stale-if-error=9, private' }, {});
    expect(controls).toMatchObject({ httpNoCache: true, noCache: false, noStore: false, maxAgeSeconds: 60 });
    expect(readCacheControls({ 'cache-control': 'only-if-cached,no-store' }, {})).toMatchObject({
      onlyIfCached: true,
      noStore: true,
    });
  });

  it('takes an age beyond all for the largest', () => {
    const ages = ['2147483648', '99999999999999999999'].map(
      (age) => readCacheControls({ 'cache-control': `max-age=${age}` }, {}).maxAgeSeconds,
    );
    expect(ages).toEqual([31_556_952, 31_556_952]);
  });

  it('reads the x-larder headers', () => {
    const controls = readCacheControls(
      {
        'x-larder-cache-id': 'faq',
        'x-larder-cache-ttl': '120',
        'x-larder-cache-mode': 'off',
        'x-larder-locale': 'de-AT',
        'x-larder-safety': 'strict',
        'x-larder-cache-attributes': 'team=a b, tier=gold',
        'x-larder-cache-threshold': '0.93',
        'x-larder-cache-tags': 'doc:17, faq,faq',
        'x-larder-replay-rate': '50',
      },
      {},
    );
    expect(controls).toMatchObject({
      cacheId: 'faq',
      ttlSeconds: 120,
      mode: 'off',
      threshold: 0.93,
      tags: ['doc:17', 'faq'],
      replayRate: 50,
      boundaries: { locale: 'de-AT', safety: 'strict', attributes: { team: 'a b', tier: 'gold' } },
    });
  });

  it.each(['exact', 'semantic', 'shadow', 'off'])('knows the mode %s', (mode) => {
    expect(readCacheControls({ 'x-larder-cache-mode': mode }, {})).toMatchObject({ mode });
  });

  it('reads the body member as LiteLLM takes it, and lets it win over headers', () => {
    const body = { cache: { ttl: 60, 'no-cache': false, 'no-store': true, namespace: 'n' } };
    expect(readCacheControls({ 'cache-control': 'no-cache', 'x-larder-cache-ttl': '5' }, body)).toMatchObject({
      ttlSeconds: 60,
      noCache: false,
      noStore: true,
      boundaries: { namespace: 'n' },
    });
  });

  it.each([
    ['x-larder-cache-id', 'a:b'],
    ['x-larder-cache-id', ''],
    ['x-larder-cache-id', 'x'.repeat(129)],
    ['x-larder-cache-id', 'a\r\nb'],
    ['x-larder-cache-ttl', '0'],
    ['x-larder-cache-ttl', '-1'],
    ['x-larder-cache-ttl', '1.5'],
    ['x-larder-cache-ttl', '99999999999'],
    ['x-larder-cache-mode', 'sometimes'],
    ['x-larder-cache-threshold', '1.1'],
    ['x-larder-cache-threshold', '-0.5'],
    ['x-larder-cache-threshold', 'near'],
    ['x-larder-cache-threshold', ''],
    ['x-larder-cache-tags', ''],
    ['x-larder-cache-tags', 'a,,b'],
    ['x-larder-cache-tags', 'x'.repeat(257)],
    ['x-larder-cache-tags', Array.from({ length: 21 }, (_, index) => index).join(',')],
    ['x-larder-replay-rate', '0'],
    ['x-larder-replay-rate', '1001'],
    ['x-larder-cache-attributes', 'novalue'],
    ['x-larder-cache-attributes', 'a=1,a=2'],
    ['x-larder-cache-attributes', 'a=1,b=2,c=3,d=4,e=5,f=6'],
    ['x-larder-locale', ''],
    ['cache-control', 'max-age=soon'],
  ])('refuses %s: %j by name', (name, value) => {
    expect(paramOf(() => readCacheControls({ [name]: value }, {}))).toBe(name);
  });

  it.each([
    [{ cache: 'yes' }, 'cache'],
    [{ cache: { ttl: '60' } }, 'cache.ttl'],
    [{ cache: { ttl: 0.5 } }, 'cache.ttl'],
    [{ cache: { 'no-cache': 'true' } }, 'cache.no-cache'],
    [{ cache: { namespace: 7 } }, 'cache.namespace'],
  ])('refuses the body member %j by name', (body, param) => {
    expect(paramOf(() => readCacheControls({}, body))).toBe(param);
  });
});

function paramOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (fault) {
    if (fault instanceof ServiceError && fault.code === 'invalid_request') return fault.details.param;
    throw fault;
  }
  throw new Error('nothing was refused');
}
