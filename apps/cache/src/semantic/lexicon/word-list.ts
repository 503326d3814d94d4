/** The words of a list, separated by any white space. */
export function wordSet(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(/\s+/u)).filter((word) => word !== ''));
}

/** Groups with commas between them; gives each word the number of its groups. A word may belong to several. */
export function wordGroups(text: string): ReadonlyMap<string, ReadonlySet<number>> {
  const groups = new Map<string, Set<number>>();
  text.split(',').forEach((words, group) => {
    for (const word of wordSet(words)) groups.set(word, (groups.get(word) ?? new Set()).add(group));
  });
  return groups;
}

/** `from=to` pairs, separated by white space. */
export function wordMap(text: string): ReadonlyMap<string, string> {
  return new Map([...wordSet(text)].map((pair) => pair.split('=') as [string, string]));
}
