import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformFileSync } from '@swc/core';
import { RedisConnections } from '#redis-connection';
import { startRedis } from '../redis/index.js';

const root = join(import.meta.dirname, '../..');
const sources = 'embedded-thread partition-host partition row-registry flat-vectors vector-slab vector-graph'.split(
  ' ',
);

/** The engine's thread as JavaScript, which a thread needs and the tests have not built. */
export function compileThread(): { entry: URL; remove: () => void } {
  const parent = join(root, '.larder/test');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'vector-thread-'));
  for (const name of sources) {
    const { code } = transformFileSync(join(root, 'libs/vector-index/src', `${name}.ts`), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    writeFileSync(join(folder, `${basename(name)}.js`), code);
  }
  return {
    entry: pathToFileURL(join(folder, 'embedded-thread.js')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface TestServer {
  readonly url: string;
  /** A replica's connections; closed with the server. */
  connect(): Promise<RedisConnections>;
  stop(): Promise<void>;
}

/** A server of the test's own, or the one of this URL. */
export async function openServer(url?: string): Promise<TestServer> {
  const own = url === undefined ? await startRedis() : undefined;
  const address = url ?? own!.url;
  const opened: RedisConnections[] = [];
  // One prefix a test file: a server of another's may hold anything.
  const keyPrefix = `t${Math.random().toString(36).slice(2, 10)}`;
  return {
    url: address,
    connect: async () => {
      const urls = { cache: address, state: address, bus: address };
      const connections = new RedisConnections({ urls, keyPrefix, commandTimeoutMs: 2_000 });
      opened.push(connections);
      await connections.onModuleInit();
      return connections;
    },
    stop: async () => {
      await Promise.all(opened.map((connections) => connections.onApplicationShutdown()));
      await own?.stop();
    },
  };
}
