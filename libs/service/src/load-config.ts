import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { parseDocument } from 'yaml';
import { BootError } from './boot-error.js';
import { LarderConfig } from './config.js';
import { describeFaults } from './describe-faults.js';

/** Reads the YAML file; without a path, the defaults. Throws a BootError that lists every fault, never a value. */
export function loadConfig(path?: string, source: NodeJS.ProcessEnv = process.env): LarderConfig {
  if (path === undefined) return new LarderConfig();
  const config = plainToInstance(LarderConfig, readYaml(path), { exposeDefaultValues: true });
  const faults = describeFaults(validateSync(config, { whitelist: true, forbidNonWhitelisted: true }));
  const described = faults.map(({ fault }) => `LARDER_CONFIG: ${fault}`);
  if (described.length === 0) described.push(...duplicates(config), ...resolveUpstreamKeys(config, source));
  if (described.length > 0) throw new BootError(described);
  return config;
}

function readYaml(path: string): object {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new BootError(['LARDER_CONFIG names a file that cannot be read']);
  }
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) {
    throw new BootError(document.errors.map((error) => `LARDER_CONFIG: ${error.code} at offset ${error.pos[0]}`));
  }
  // An empty file is an empty configuration.
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== 'object' || Array.isArray(content)) throw new BootError(['LARDER_CONFIG must hold a mapping']);
  return content as object;
}

function duplicates(config: LarderConfig): string[] {
  const lists = {
    upstreams: config.upstreams.map(({ name }) => name),
    models: config.models.map(({ id }) => id),
    caches: config.caches.map(({ id }) => id),
    limitPolicies: config.limitPolicies.map(({ name }) => name),
    apiKeys: config.apiKeys.map(({ keyId }) => keyId),
  };
  return Object.entries(lists).flatMap(([list, ids]) =>
    ids.flatMap((id, index) =>
      ids.indexOf(id) < index ? [`LARDER_CONFIG: ${list}.${index} has the name of an earlier one`] : [],
    ),
  );
}

function resolveUpstreamKeys(config: LarderConfig, source: NodeJS.ProcessEnv): string[] {
  return config.upstreams.flatMap((upstream, index) => {
    if (upstream.apiKeyEnv === undefined) return [];
    upstream.apiKey = source[upstream.apiKeyEnv];
    const missing = upstream.apiKey
      ? []
      : [`LARDER_CONFIG: upstreams.${index}.apiKeyEnv names a variable that is not set`];
    return missing;
  });
}
