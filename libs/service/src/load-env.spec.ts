import { describe, expect, it } from '@jest/globals';
import { BootError } from './boot-error.js';
import { loadEnv } from './load-env.js';

function faultsOf(source: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadEnv(source);
  } catch (error) {
    if (error instanceof BootError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadEnv', () => {
  it('needs nothing', () => {
    const env = loadEnv({});
    expect(env).toMatchObject({ httpHost: '127.0.0.1', keyPrefix: 'larder', logLevel: 'info', authMode: 'open' });
    expect(env.redisUrls).toEqual({
      cache: 'redis://127.0.0.1:6379',
      state: 'redis://127.0.0.1:6379',
      bus: 'redis://127.0.0.1:6379',
    });
  });

  it('gives each role its own Redis, or the one for all', () => {
    const env = loadEnv({ REDIS_URL: 'redis://all:1', REDIS_CACHE_URL: 'redis://cache:2' });
    expect(env.redisUrls).toEqual({ cache: 'redis://cache:2', state: 'redis://all:1', bus: 'redis://all:1' });
  });

  it('reads numbers, and takes an empty variable for one that is not set', () => {
    expect(loadEnv({ LARDER_HTTP_PORT: '0', LARDER_DRAIN_MS: '', LARDER_ADMIN_KEY: ' ' })).toMatchObject({
      httpPort: 0,
      drainMs: 10_000,
      authMode: 'open',
    });
  });

  it('takes an embedder with all that belongs to it, its prefix to the last blank', () => {
    const source = {
      LARDER_EMBEDDER: 'openai',
      LARDER_EMBEDDER_URL: 'http://localhost:11434/v1',
      LARDER_EMBEDDER_MODEL: 'nomic-embed-text',
      LARDER_EMBEDDER_PREFIX: 'search_query: ',
      LARDER_EMBEDDER_THRESHOLD: '0.88',
      LARDER_VECTOR_ENGINE: 'embedded',
    };
    expect(loadEnv(source)).toMatchObject({
      embedder: 'openai',
      embedderModel: 'nomic-embed-text',
      embedderPrefix: 'search_query: ',
      embedderThreshold: 0.88,
      vectorEngine: 'embedded',
    });
    expect(loadEnv({})).toMatchObject({ embedder: 'lexical', vectorEngine: 'auto', vectorType: 'float32' });
  });

  it.each([
    [{ LARDER_EMBEDDER: 'bert' }, 'LARDER_EMBEDDER must be one of'],
    [{ LARDER_EMBEDDER: 'local' }, 'LARDER_EMBEDDER_MODEL must name a model'],
    [{ LARDER_EMBEDDER_URL: 'localhost:1' }, 'LARDER_EMBEDDER_URL must be a URL'],
    [{ LARDER_EMBEDDER_THRESHOLD: '1.5' }, 'LARDER_EMBEDDER_THRESHOLD must not be greater than 1'],
    [{ LARDER_EMBEDDER_DIMENSIONS: '1.5' }, 'LARDER_EMBEDDER_DIMENSIONS must be an integer'],
    [{ LARDER_VECTOR_ENGINE: 'pgvector' }, 'LARDER_VECTOR_ENGINE must be one of'],
  ])('refuses %j', (source, fault) => {
    expect(faultsOf(source)).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    [{ LARDER_ADMIN_KEY: 'administer' }, 'keys'],
    [{ LARDER_ADMIN_KEY: 'administer', LARDER_AUTH: 'passthrough' }, 'passthrough'],
    [{ LARDER_AUTH: 'keys' }, 'keys'],
    [{}, 'open'],
  ])('%j means the mode %s', (source, mode) => {
    expect(loadEnv(source).authMode).toBe(mode);
  });

  it('lists every fault by the name of its variable, and no value', () => {
    const source = {
      LARDER_HTTP_PORT: '99999-hidden',
      LARDER_ADMIN_KEY: 'hidden',
      LARDER_AUTH: 'hidden',
      LARDER_LOG_LEVEL: 'hidden',
      LARDER_KEY_PREFIX: 'hid:den-hidden',
      LARDER_BUS_SECRET: 'hidden',
      LARDER_UPSTREAM_URL: 'hidden',
      REDIS_URL: 'ftp://user:hidden@hidden/0',
      REDIS_BUS_URL: 'hidden',
      LARDER_ADMIM_KEY: 'hidden',
    };
    const faults = faultsOf(source);
    for (const variable of Object.keys(source)) {
      expect(faults.some((fault) => fault.startsWith(variable))).toBe(true);
    }
    expect(faults.join('\n')).not.toContain('hidden');
  });

  it('takes no offence at what Kubernetes tells of the Services beside it', () => {
    const links = {
      LARDER_GATEWAY_SERVICE_HOST: '10.0.0.1',
      LARDER_GATEWAY_SERVICE_PORT: '8080',
      LARDER_GATEWAY_SERVICE_PORT_HTTP: '8080',
      LARDER_GATEWAY_PORT: 'tcp://10.0.0.1:8080',
      LARDER_GATEWAY_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      LARDER_GATEWAY_PORT_8080_TCP_ADDR: '10.0.0.1',
    };
    expect(faultsOf(links)).toEqual([]);
  });

  it('says one thing a variable', () => {
    expect(faultsOf({ LARDER_HTTP_PORT: 'abc' })).toEqual(['LARDER_HTTP_PORT must be an integer number']);
    expect(faultsOf({ LARDER_HTTP_PORT: '70000' })).toEqual(['LARDER_HTTP_PORT must not be greater than 65535']);
  });

  it.each(['0.0.0.0', '::', '10.1.2.3', 'larder.example', '127.0.0.1.example'])(
    'refuses to be open on %s',
    (LARDER_HTTP_HOST) => {
      expect(faultsOf({ LARDER_HTTP_HOST })).toEqual([expect.stringMatching(/^LARDER_HTTP_HOST must be a loopback/)]);
      expect(faultsOf({ LARDER_HTTP_HOST, LARDER_ADMIN_KEY: 'administer' })).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('may be open on %s', (LARDER_HTTP_HOST) => {
    expect(faultsOf({ LARDER_HTTP_HOST })).toEqual([]);
  });
});
