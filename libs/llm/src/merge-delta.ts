import { isJsonObject, type JsonObject } from './openai-wire.js';

/** Members that name a thing. Some providers repeat them in every chunk: the last one counts, they never add up. */
const naming = new Set(['id', 'type', 'name', 'role', 'object', 'format', 'index']);

/**
 * Adds one delta to what came before: text grows, lists grow or merge by `index`, objects merge, everything else is
 * replaced, and null never takes anything away. Neither argument's nested values are shared with the caller's chunk.
 */
export function mergeDelta(target: JsonObject, delta: JsonObject): void {
  for (const [member, value] of Object.entries(delta)) {
    if (member !== '__proto__') target[member] = merged(member, target[member], value);
  }
}

function merged(member: string, before: unknown, value: unknown): unknown {
  if (value === null || value === undefined) return before === undefined ? value : before;
  if (Array.isArray(value)) return mergedList(Array.isArray(before) ? before : [], value);
  if (isJsonObject(value)) {
    const target = isJsonObject(before) ? before : {};
    mergeDelta(target, value);
    return target;
  }
  if (typeof value !== 'string' || typeof before !== 'string') return value;
  return naming.has(member) ? value || before : before + value;
}

function mergedList(list: unknown[], additions: readonly unknown[]): unknown[] {
  for (const item of additions) {
    const place = isJsonObject(item) && typeof item.index === 'number' ? item.index : undefined;
    const same = list.find((other) => place !== undefined && isJsonObject(other) && other.index === place);
    if (isJsonObject(same) && isJsonObject(item)) mergeDelta(same, item);
    else list.push(merged('', undefined, item));
  }
  return list;
}
