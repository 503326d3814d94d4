/** What one script is sent: more would hold Redis up for everybody. */
const mostBytes = 1_048_576;

/** Parts that one script can take each, by count and by size; a single item may be larger. */
export function inParts<T>(
  items: readonly T[],
  mostCount: number,
  sizeOf: (item: T) => { readonly count: number; readonly bytes: number },
): T[][] {
  const parts: T[][] = [];
  let [total, size] = [0, 0];
  for (const item of items) {
    const { count, bytes } = sizeOf(item);
    if (parts.length === 0 || total + count > mostCount || size + bytes > mostBytes) {
      parts.push([]);
      [total, size] = [0, 0];
    }
    parts.at(-1)!.push(item);
    total += count;
    size += bytes;
  }
  return parts;
}
