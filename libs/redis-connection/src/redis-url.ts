/** A Redis URL that cannot be used; the message says what is wrong with it and never repeats any of it. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';

  /** @param fault what follows the name of the setting: `has an unknown scheme` */
  constructor(readonly fault: string) {
    super(`The Redis URL ${fault}`);
  }
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

interface RedisCredentials {
  /** Absent for the default user. */
  readonly username?: string;
  readonly password: string;
}

/** Where a role's data lives and how to get in. */
export interface RedisTarget {
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  /** The server; or the sentinels, or some nodes of the cluster, to ask for the others. */
  readonly addresses: readonly RedisAddress[];
  /** The name that the sentinels know the master by. */
  readonly master?: string;
  readonly database: number;
  readonly credentials?: RedisCredentials;
  /** For the sentinels themselves, where they ask for any. */
  readonly sentinelCredentials?: RedisCredentials;
  readonly tls: boolean;
}

interface UrlParts {
  readonly userInfo?: string;
  readonly hosts: string;
  readonly path: readonly string[];
  readonly query: string;
}

const kinds: Readonly<Record<string, Pick<RedisTarget, 'kind' | 'tls'>>> = {
  redis: { kind: 'standalone', tls: false },
  rediss: { kind: 'standalone', tls: true },
  'redis+sentinel': { kind: 'sentinel', tls: false },
  'rediss+sentinel': { kind: 'sentinel', tls: true },
  'redis+cluster': { kind: 'cluster', tls: false },
  'rediss+cluster': { kind: 'cluster', tls: true },
};

const shape = /^([a-z+]+):\/\/(?:([^@/?#]*)@)?([^@/?#]+)((?:\/[^@/?#]*)*)(?:\?([^@#]*))?$/i;
const hostAndPort = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(\d{1,5}))?$/i;

/**
 * Reads `redis://user:password@host:port/database`, `redis+sentinel://host:port,host:port/<master>/<database>` and
 * `redis+cluster://host:port,host:port`, each with `rediss` for TLS; sentinels that want a login of their own get it by
 * `?sentinelUsername=&sentinelPassword=`. Whatever could be meant in two ways is refused.
 *
 * @throws RedisUrlError
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = shape.exec(url);
  if (match === null) {
    throw new RedisUrlError(
      'is not a Redis URL; characters such as "@", "/", "?" and "#" in a password are percent-encoded',
    );
  }
  const kind = Object.hasOwn(kinds, match[1]!.toLowerCase()) ? kinds[match[1]!.toLowerCase()] : undefined;
  if (kind === undefined) {
    throw new RedisUrlError(`has an unknown scheme; known are ${Object.keys(kinds).join(', ')}`);
  }
  const path = match[4]!.split('/').slice(1);
  const parts = {
    userInfo: match[2],
    hosts: match[3]!,
    path: path.at(-1) === '' ? path.slice(0, -1) : path,
    query: match[5] ?? '',
  };
  const common = { ...kind, credentials: readCredentials(parts.userInfo) };
  return { ...common, ...placeReaders[kind.kind](parts) };
}

type Place = Pick<RedisTarget, 'addresses' | 'master' | 'database' | 'sentinelCredentials'>;

const placeReaders: Readonly<Record<RedisTarget['kind'], (parts: UrlParts) => Place>> = {
  standalone: ({ hosts, path, query }) => {
    refuseQuery(query);
    if (hosts.includes(',')) {
      throw new RedisUrlError('names several servers, which needs redis+sentinel:// or redis+cluster://');
    }
    if (path.length > 1) {
      throw new RedisUrlError('has more than a database number in its path');
    }
    return { addresses: readAddresses(hosts, 6379), database: readDatabase(path[0]) };
  },
  sentinel: ({ hosts, path, query }) => {
    const [master, database, ...rest] = path;
    if (master === undefined || master === '' || rest.length > 0) {
      throw new RedisUrlError(
        'must name the master after the sentinels: redis+sentinel://host:port,host:port/<master>/<database>',
      );
    }
    return {
      addresses: readAddresses(hosts, 26379),
      master: decode(master),
      database: readDatabase(database),
      sentinelCredentials: readSentinelCredentials(query),
    };
  },
  cluster: ({ hosts, path, query }) => {
    refuseQuery(query);
    if (path.length > 0) {
      throw new RedisUrlError('has a path, but a cluster has only one database');
    }
    return { addresses: readAddresses(hosts, 6379), database: 0 };
  },
};

function readAddresses(hosts: string, defaultPort: number): RedisAddress[] {
  return hosts.split(',').map((address) => {
    const match = hostAndPort.exec(address);
    const port = Number(match?.[2] ?? defaultPort);
    if (match === null || port < 1 || port > 65_535) {
      throw new RedisUrlError('has an address that is not host:port');
    }
    return { host: match[1]!.replace(/^\[|\]$/g, ''), port };
  });
}

function readDatabase(text: string | undefined): number {
  if (text === undefined) {
    return 0;
  }
  if (!/^\d{1,5}$/.test(text)) {
    throw new RedisUrlError('has a database that is not a number');
  }
  return Number(text);
}

function readCredentials(userInfo: string | undefined): RedisCredentials | undefined {
  if (userInfo === undefined) {
    return undefined;
  }
  const [username, password, ...rest] = userInfo.split(':');
  if (password === undefined || password === '' || rest.length > 0) {
    throw new RedisUrlError('has a login that is not user:password, or :password for the default user');
  }
  return { ...(username === '' ? {} : { username: decode(username!) }), password: decode(password) };
}

function readSentinelCredentials(query: string): RedisCredentials | undefined {
  const values = new Map<string, string>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const [name, value, ...rest] = pair.split('=');
    const known = name === 'sentinelUsername' || name === 'sentinelPassword';
    if (!known || value === undefined || value === '' || rest.length > 0 || values.has(name)) {
      throw new RedisUrlError('has a query with more than one sentinelUsername and one sentinelPassword');
    }
    values.set(name, decode(value));
  }
  const password = values.get('sentinelPassword');
  if (password === undefined && values.size > 0) {
    throw new RedisUrlError('has a sentinelUsername without a sentinelPassword');
  }
  return password === undefined ? undefined : { username: values.get('sentinelUsername'), password };
}

function refuseQuery(query: string): void {
  if (query !== '') {
    throw new RedisUrlError('has a query, which only redis+sentinel:// knows');
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError('has a "%" that encodes nothing');
  }
}
