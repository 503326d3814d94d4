import { validateSync } from 'class-validator';
import { parseRedisUrl, RedisUrlError } from '#redis-connection';
import { BootError } from './boot-error.js';
import { describeFaults } from './describe-faults.js';
import { envVariables } from './env-variable.js';
import { ServiceEnv } from './env.js';
import { isLoopbackHost } from './loopback.js';

/** Read by the scripts that start services, tests and benchmarks, and handed on by them. */
const ofScripts = /^LARDER_(REDIS_SERVER|BENCH_.+)$/;

/** Kubernetes tells every pod of the Services beside it: one named `larder-gateway` makes `LARDER_GATEWAY_PORT_8080_TCP`. */
const ofKubernetes = /_SERVICE_(HOST|PORT(_.+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?$/;

/** Reads the environment; throws a BootError that lists every fault by variable name, never a value. */
export function loadEnv(source: NodeJS.ProcessEnv = process.env): ServiceEnv {
  const env = readEnv(source);
  const faults = [
    ...invalidVariables(env),
    ...invalidRedisUrls(env),
    ...unknownVariables(source),
    ...contradictions(env),
  ];
  if (faults.length > 0) throw new BootError(faults);
  return env;
}

function readEnv(source: NodeJS.ProcessEnv): ServiceEnv {
  const env = new ServiceEnv();
  const members = env as unknown as Record<string, unknown>;
  for (const [property, { variable, numeric, trim }] of envVariables) {
    const text = trim ? source[variable]?.trim() : source[variable];
    // An empty variable is how Compose and shells say "not set".
    if (text) members[property] = numeric && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }
  return env;
}

/** One fault a variable: class-validator checks the rule nearest to the property first. */
function invalidVariables(env: ServiceEnv): string[] {
  return describeFaults(validateSync(env, { stopAtFirstError: true })).map(({ path, fault }) => {
    const variable = envVariables.get(path)?.variable ?? path;
    return variable + fault.slice(path.length);
  });
}

function invalidRedisUrls(env: ServiceEnv): string[] {
  return (['redisUrl', 'redisCacheUrl', 'redisStateUrl', 'redisBusUrl'] as const).flatMap((property) => {
    const url = env[property];
    if (url === undefined) return [];
    try {
      parseRedisUrl(url);
      return [];
    } catch (error) {
      if (!(error instanceof RedisUrlError)) throw error;
      return [`${envVariables.get(property)?.variable}: ${error.message}`];
    }
  });
}

/** A misspelt variable would silently leave its default in force. */
function unknownVariables(source: NodeJS.ProcessEnv): string[] {
  const known = new Set([...envVariables.values()].map(({ variable }) => variable));
  return Object.keys(source)
    .filter((name) => name.startsWith('LARDER_') && !known.has(name) && !ofScripts.test(name))
    .filter((name) => !ofKubernetes.test(name) && !/^(tcp|udp|sctp):/.test(source[name] ?? ''))
    .map((name) => `${name} is not known`);
}

function contradictions(env: ServiceEnv): string[] {
  return [...openToOthers(env), ...missingModel(env)];
}

function openToOthers(env: ServiceEnv): string[] {
  if (env.authMode !== 'open' || isLoopbackHost(env.httpHost)) return [];
  return [
    'LARDER_HTTP_HOST must be a loopback address (127.0.0.1, ::1, localhost) while the suite is open: ' +
      'set LARDER_ADMIN_KEY, or LARDER_AUTH=passthrough',
  ];
}

function missingModel({ embedder, embedderModel }: ServiceEnv): string[] {
  const isMissing = (embedder === 'openai' || embedder === 'local') && embedderModel === undefined;
  return isMissing ? [`LARDER_EMBEDDER_MODEL must name a model for LARDER_EMBEDDER=${embedder}`] : [];
}
