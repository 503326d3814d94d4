import { validateHeaderName, validateHeaderValue } from 'node:http';
import { modelMatcher } from './model-glob.js';
import type { UpstreamConfig } from './upstream-config.js';

/** What is wrong with the configured upstreams: each fault names the upstream and the member, never its value. */
export class UpstreamConfigError extends Error {
  override readonly name = 'UpstreamConfigError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
  }
}

/** A checked upstream configuration, ready for requests. */
export interface UpstreamTarget {
  readonly name: string;
  readonly origin: string;
  /** Without a trailing slash. */
  readonly basePath: string;
  /** Without the question mark; often empty. */
  readonly baseQuery: string;
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly models: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly retries: number;
  serves(model: string): boolean;
}

const durations = {
  timeoutMs: 600_000,
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 120_000,
  idleTimeoutMs: 120_000,
};
const longestTimer = 2 ** 31 - 1;

/** Throws UpstreamConfigError with the faults of all upstreams at once. */
export function toTargets(configs: readonly UpstreamConfig[]): UpstreamTarget[] {
  const faults = configs.flatMap((config, place) => {
    const label = config.name ? `upstream "${config.name}"` : `upstream ${place + 1}`;
    const twice = configs.findIndex(({ name }) => name === config.name) !== place;
    const own = [...configFaults(config), ...(twice ? ['name is used twice'] : [])];
    return own.map((fault) => `${label}: ${fault}`);
  });
  if (faults.length > 0) throw new UpstreamConfigError(faults);
  return configs.map(toTarget);
}

function toTarget(config: UpstreamConfig): UpstreamTarget {
  const url = new URL(config.url);
  const path = url.pathname.replace(/\/+$/, '');
  const matches = config.models && modelMatcher(config.models);
  return {
    name: config.name,
    origin: url.origin,
    basePath: path || '/v1',
    baseQuery: url.search.slice(1),
    apiKey: config.apiKey || undefined,
    headers: lowerCaseNames(config.headers ?? {}),
    models: config.models,
    timeoutMs: config.timeoutMs ?? durations.timeoutMs,
    connectTimeoutMs: config.connectTimeoutMs ?? durations.connectTimeoutMs,
    firstByteTimeoutMs: config.firstByteTimeoutMs ?? durations.firstByteTimeoutMs,
    idleTimeoutMs: config.idleTimeoutMs ?? durations.idleTimeoutMs,
    retries: config.retries ?? 2,
    serves: (model) => matches?.(model) ?? true,
  };
}

function* configFaults(config: UpstreamConfig): Generator<string> {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(config.name))
    yield 'name must be 1 to 64 letters, digits, dots, dashes or underscores';
  yield* urlFaults(config.url);
  if (config.apiKey && !isHeader('authorization', `Bearer ${config.apiKey}`)) {
    yield 'apiKey has characters that no header may carry';
  }
  for (const [name, value] of Object.entries(config.headers ?? {})) {
    if (!isHeader(name, value)) yield 'headers has a name or value that no header may carry';
  }
  for (const member of Object.keys(durations) as (keyof typeof durations)[]) {
    const value = config[member];
    if (value !== undefined && !isWhole(value, 1, longestTimer))
      yield `${member} must be whole milliseconds above zero`;
  }
  if (config.retries !== undefined && !isWhole(config.retries, 0, 10)) yield 'retries must be 0 to 10';
}

function* urlFaults(value: string): Generator<string> {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    yield 'url must be an http or https URL';
    return;
  }
  if (url.username || url.password) yield 'url must not carry credentials: use apiKey or headers';
  if (url.hash) yield 'url must not have a fragment';
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
