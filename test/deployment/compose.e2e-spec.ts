import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { cleanEnvironment } from '../larder/larder-process.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
}

interface ComposeService {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly deploy?: { readonly replicas: number };
}

/** Compose as a plug-in of docker or as a program of its own, whichever this machine has. */
const compose = [['docker', 'compose'], ['docker-compose']].find(
  ([command, ...args]) => spawnSync(command!, [...args, 'version'], { stdio: 'ignore' }).status === 0,
);

function config(env: Readonly<Record<string, string>>) {
  const [command, ...args] = compose!;
  return spawnSync(command!, [...args, 'config'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...cleanEnvironment(), ...env },
  });
}

describe('docker-compose.yml', () => {
  const file = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;

  it('runs every service, two replicas of the cache, and Redis 8', () => {
    const apps = ['gateway', 'cache', 'ratelimit', 'session', 'worker'];
    expect(Object.keys(file.services)).toEqual([...apps, 'redis-cache', 'redis-state']);
    expect(file.services['cache']?.deploy?.replicas).toBe(2);
    expect(file.services['redis-state']?.image).toBe('redis:8');
  });

  it('gives every Redis role a server whose settings are in the repository', () => {
    for (const [role, server] of Object.entries({ CACHE: 'redis-cache', STATE: 'redis-state', BUS: 'redis-state' })) {
      for (const app of ['gateway', 'cache', 'ratelimit', 'session', 'worker'])
        expect(file.services[app]?.environment?.[`REDIS_${role}_URL`]).toBe(`redis://${server}:6379`);
      const settings = file.services[server]?.volumes?.[0]?.split(':')[0] ?? '';
      expect(existsSync(join(root, settings))).toBe(true);
    }
  });

  it('refuses to start without an admin key', () => {
    const wanted = file.services['gateway']?.environment?.['LARDER_ADMIN_KEY'];
    expect(wanted).toMatch(/^\$\{LARDER_ADMIN_KEY:\?/);
    if (compose) expect(config({})).toMatchObject({ status: 1, stderr: expect.stringContaining('LARDER_ADMIN_KEY') });
  });

  it('is accepted by Compose, where this machine has it', () => {
    if (compose) expect(config({ LARDER_ADMIN_KEY: 'a-key-for-this-test' })).toMatchObject({ status: 0 });
    else process.stderr.write('Compose is not installed: docker-compose.yml was only parsed.\n');
  });
});
