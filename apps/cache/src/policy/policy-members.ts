import { validateSync } from 'class-validator';
import { CachePolicyMembers } from '#contracts';
import { ttlRuleFaults } from '../ttl/ttl-rule-set.js';
import { defaultPolicy, type CachePolicy } from './cache-policy.js';

/** The members that are given; one that is null falls back like one that is absent. */
export function givenMembers(wanted: CachePolicyMembers): Partial<CachePolicy> {
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given);
}

/** Members as JSON text by name. Those that cannot be read are left out, and fall back. */
export function parseMembers(texts: Readonly<Record<string, string>>): Partial<CachePolicy> {
  const members = Object.entries(texts)
    .filter(([name]) => names.has(name))
    .map(([name, text]) => [name, parse(text)] as const);
  const read = Object.assign(new CachePolicyMembers(), Object.fromEntries(members));
  const unfit = new Set(validateSync(read).map(({ property }) => property));
  if (read.ttlRules && ttlRuleFaults(read.ttlRules).length > 0) unfit.add('ttlRules');
  const fit = Object.entries(givenMembers(read)).filter(([name]) => !unfit.has(name));
  return Object.fromEntries(fit);
}

const names: ReadonlySet<string> = new Set([
  ...Object.keys(defaultPolicy),
  'similarityThreshold',
  'ttlRules',
  'maxAgeSeconds',
]);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
