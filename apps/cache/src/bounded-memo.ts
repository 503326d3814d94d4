/** Remembers what was worked out last; the least recently used goes first. */
export class BoundedMemo<K, V> {
  private readonly held = new Map<K, V>();

  constructor(private readonly maxEntries: number) {}

  get(key: K): V | undefined {
    const value = this.held.get(key);
    if (value === undefined) return undefined;
    this.held.delete(key);
    this.held.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.held.delete(key);
    this.held.set(key, value);
    if (this.held.size > this.maxEntries) this.held.delete(this.held.keys().next().value!);
  }
}
