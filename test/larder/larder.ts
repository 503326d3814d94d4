import { send, type Reply, type SendOptions } from './http.js';
import { LarderProcess, type AppName } from './larder-process.js';
import type { StandInUpstream } from './upstream.js';

export type Topology = 'standalone' | 'split';

export interface LarderOptions {
  readonly topology: Topology;
  readonly redisUrl: string;
  readonly upstream?: StandInUpstream;
  /** Processes in the split topology. */
  readonly gateways?: number;
  readonly caches?: number;
  /** The other services of the split topology, one process for each time it is named; one of each unless told. */
  readonly services?: readonly AppName[];
  /** `keys` unless told. */
  readonly auth?: 'open' | 'keys' | 'passthrough';
  readonly env?: Readonly<Record<string, string>>;
}

export interface NewKey {
  readonly tenant?: string;
  readonly roles?: readonly string[];
  readonly userId?: string;
  readonly expiresAt?: string;
  readonly name?: string;
}

export interface CreatedKey {
  readonly id: string;
  readonly key: string;
}

const adminKey = 'admin-7d1f0c9a44e2b6';
export const busSecret = 'bus-93c4e1a07f5d2b68';

function environment(options: LarderOptions): Record<string, string> {
  return {
    REDIS_URL: options.redisUrl,
    ...(options.auth !== 'open' && { LARDER_ADMIN_KEY: adminKey, LARDER_AUTH: options.auth ?? 'keys' }),
    LARDER_BUS_SECRET: busSecret,
    // Behaviour is what is tested here, on machines that may stand still for a moment.
    LARDER_CACHE_LOOK_UP_MS: '2000',
    LARDER_CACHE_STORE_MS: '2000',
    // Where the receivers of these tests are.
    LARDER_WEBHOOK_NETWORKS: '127.0.0.0/8',
    ...(options.upstream && {
      LARDER_UPSTREAM_URL: options.upstream.url,
      LARDER_UPSTREAM_API_KEY: options.upstream.apiKey,
    }),
    ...options.env,
  };
}

/** A running suite, in one process or in several; requests go to its first gateway unless told otherwise. */
export class RunningLarder {
  /** A key of tenant `acme` with every role but admin; made at the start where keys are in use. */
  key = 'sk-any';
  readonly adminKey = adminKey;
  /** Whatever must never be printed or stored by anybody. */
  readonly secrets: string[] = [adminKey, busSecret];
  /** Those of the secrets that upstream gets to see. */
  readonly upstreamSecrets: string[] = [];

  constructor(
    readonly topology: Topology,
    readonly gateways: LarderProcess[],
    readonly caches: LarderProcess[],
    readonly services: readonly LarderProcess[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return this.gateways[0]!.url;
  }

  /** Where the cache's own REST lives. */
  get cacheUrl(): string {
    return (this.caches[0] ?? this.gateways[0]!).url;
  }

  get processes(): readonly LarderProcess[] {
    return [...this.gateways, ...this.caches, ...this.services];
  }

  /** Where a service's own REST lives; the one process has all of them. */
  urlOf(app: AppName): string {
    return (this.services.find((each) => each.app === app) ?? this.gateways[0]!).url;
  }

  /** `POST /v1/chat/completions` with the default key. */
  chat(body: object, headers: Readonly<Record<string, string>> = {}, gateway = 0): Promise<Reply> {
    return send(`${this.gateways[gateway]!.url}/v1/chat/completions`, {
      body,
      headers: { authorization: `Bearer ${this.key}`, ...headers },
    });
  }

  /** Any request with the admin key. */
  admin(path: string, options: SendOptions = {}): Promise<Reply> {
    return send(`${this.url}${path}`, {
      ...options,
      headers: { authorization: `Bearer ${adminKey}`, ...options.headers },
    });
  }

  /** The cache's own REST, with the default key. */
  cacheRest(path: string, options: SendOptions = {}): Promise<Reply> {
    const headers = { authorization: `Bearer ${this.key}`, ...options.headers };
    return send(`${this.cacheUrl}${path}`, { ...options, headers });
  }

  async createKey(wanted: NewKey = {}): Promise<CreatedKey> {
    const roles = wanted.roles ?? ['chat', 'sessions', 'cache:read', 'cache:write', 'cache:feedback', 'upstream'];
    const reply = await this.admin('/v1/keys', { body: { tenant: 'acme', ...wanted, roles } });
    if (reply.status !== 201) throw new Error(`POST /v1/keys answered ${reply.status}: ${reply.text}`);
    const created = reply.json<CreatedKey>();
    this.secrets.push(created.key.split('_').slice(2).join('_'));
    return created;
  }

  async createTenant(id: string): Promise<void> {
    const reply = await this.admin('/v1/tenants', { body: { id } });
    if (reply.status !== 201) throw new Error(`POST /v1/tenants answered ${reply.status}: ${reply.text}`);
  }

  /** One more replica of the cache service. */
  async addCache(): Promise<void> {
    const cache = await LarderProcess.spawn('cache', this.env);
    this.caches.push(cache);
    await cache.untilReady();
  }

  /** Kills the first process (-9), and starts another in its place. */
  async restart(): Promise<void> {
    await this.gateways[0]!.kill();
    const next = await LarderProcess.spawn(this.gateways[0]!.app, this.env);
    this.gateways[0] = next;
    await next.untilReady();
  }

  log(): string {
    return this.processes.map((each) => each.log).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((each) => each.stop()));
    await Promise.all([...this.caches, ...this.services].map((each) => each.stop()));
  }
}

async function spawnAll(options: LarderOptions): Promise<RunningLarder> {
  const env = environment(options);
  const spawn = (apps: readonly AppName[]) => Promise.all(apps.map((app) => LarderProcess.spawn(app, env)));
  const several = (app: AppName, count: number) => spawn(Array.from({ length: count }, () => app));
  if (options.topology === 'standalone') {
    return new RunningLarder('standalone', [await LarderProcess.spawn('standalone', env)], [], [], env);
  }
  const caches = await several('cache', options.caches ?? 2);
  const services = await spawn(options.services ?? ['ratelimit', 'session', 'worker']);
  const gateways = await several('gateway', options.gateways ?? 1);
  return new RunningLarder('split', gateways, caches, services, env);
}

/** Starts the built suite against a Redis that runs already, and waits until every process is ready. */
export async function startLarder(options: LarderOptions): Promise<RunningLarder> {
  const larder = await spawnAll(options);
  try {
    await Promise.all(larder.processes.map((each) => each.untilReady()));
    if (options.upstream) larder.upstreamSecrets.push(options.upstream.apiKey);
    larder.secrets.push(...larder.upstreamSecrets);
    if ((options.auth ?? 'keys') === 'keys') {
      await larder.createTenant('acme');
      larder.key = (await larder.createKey()).key;
    }
    return larder;
  } catch (error) {
    await Promise.all(larder.processes.map((each) => each.kill()));
    throw error;
  }
}
