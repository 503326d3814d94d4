import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.js';
import { freePorts } from './free-port.js';
import { RedisProcess } from './redis-process.js';

export interface StartRedisOptions {
  /** A free one unless told. */
  readonly port?: number;
  /** More arguments of redis-server: `['--maxmemory', '100mb']`. */
  readonly args?: readonly string[];
  /** Answers over TLS only, with a certificate made for the occasion. */
  readonly tls?: boolean;
  /** ACL users as a Redis configuration spells them: `app on >secret ~larder:* +@all`; the default user is then off. */
  readonly acl?: readonly string[];
}

/** A redis-server of its own, on loopback, with its data in a folder that stop() removes. */
export interface RunningRedis {
  /** Of the first ACL user, where there are any. */
  readonly url: string;
  readonly port: number;
  /** Changes with a restart. */
  readonly pid: number;
  /** The authority to trust, PEM; with TLS only. */
  readonly ca?: string;
  /** `SIGSTOP`, `SIGCONT`, `SIGKILL`… */
  signal(signal: NodeJS.Signals): void;
  /** Kills it and starts it anew on the same port; data survives only with `--appendonly yes`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedis(options: StartRedisOptions = {}): Promise<RunningRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'larder-redis-'));
  const port = options.port ?? (await freePorts(1))[0]!;
  const certificate = options.tls === true ? makeCertificate(folder) : undefined;
  const listen = certificate
    ? ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no']
        .concat('--tls-cert-file', certificate.certificateFile)
        .concat('--tls-key-file', certificate.keyFile, '--tls-ca-cert-file', certificate.certificateFile)
    : ['--port', `${port}`];
  const args = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--repl-diskless-sync-delay', '0'];
  const server = new RedisProcess(
    [...args, ...listen, ...aclArguments(folder, options.acl ?? []), ...(options.args ?? [])],
    /Ready to accept connections/,
  );
  await server.start();
  return {
    url: `${certificate ? 'rediss' : 'redis'}://${credentials(options.acl?.[0])}127.0.0.1:${port}`,
    port,
    ca: certificate?.ca,
    get pid() {
      return server.pid;
    },
    signal: (signal) => server.signal(signal),
    restart: () => server.kill().then(() => server.start()),
    stop: () => server.kill().then(() => rmSync(folder, { recursive: true, force: true })),
  };
}

function aclArguments(folder: string, users: readonly string[]): string[] {
  if (users.length === 0) {
    return [];
  }
  const file = join(folder, 'users.acl');
  writeFileSync(file, ['user default off', ...users.map((user) => `user ${user}`)].join('\n') + '\n');
  return ['--aclfile', file];
}

function credentials(user: string | undefined): string {
  const password = user?.match(/>(\S+)/)?.[1];
  return user === undefined ? '' : `${user.split(' ')[0]}:${encodeURIComponent(password ?? '')}@`;
}
