/** One mark and its time in epoch milliseconds. */
export type Mark = readonly [mark: string, at: number];

interface Invalidation {
  readonly labels: readonly string[];
  readonly at: number;
}

const floorMark = 'floor';

/** The mark of labels that an entry must carry all of. */
export function markOfLabels(labels: readonly string[]): string {
  return [...labels].sort().join('+');
}

/** The mark of a single entry. */
export function markOfEntry(entryId: string): string {
  return `entry:${entryId}`;
}

/** What was invalidated in one cache, and when; each change makes another object. */
export class Invalidations {
  static readonly none = new Invalidations(new Map(), 0, 0);

  /** By one of the labels of each: an entry's own labels lead to all that may concern it. */
  private readonly byLabel = new Map<string, Invalidation[]>();

  private constructor(
    private readonly marks: ReadonlyMap<string, number>,
    private readonly floor: number,
    /** The time of the newest mark; 0 when there is none. */
    readonly latest: number,
  ) {
    for (const [mark, at] of marks) {
      const labels = mark.split('+');
      const others = this.byLabel.get(labels[0]!) ?? [];
      this.byLabel.set(labels[0]!, [...others, { labels, at }]);
    }
  }

  with(news: readonly Mark[]): Invalidations {
    if (news.every(([mark, at]) => (mark === floorMark ? at <= this.floor : this.marks.get(mark) === at))) return this;
    const floor = news.reduce(
      (highest, [mark, at]) => (mark === floorMark ? Math.max(highest, at) : highest),
      this.floor,
    );
    const marks = new Map([...this.marks, ...news.filter(([mark]) => mark !== floorMark)]);
    for (const [mark, at] of marks) if (at < floor) marks.delete(mark);
    return new Invalidations(
      marks,
      floor,
      news.reduce((latest, [, at]) => Math.max(latest, at), this.latest),
    );
  }

  /** When an entry with these labels was last invalidated, in epoch milliseconds; 0 when it was not. */
  lastOf(entryId: string, labels: readonly string[]): number {
    if (this.latest === 0) return 0;
    let last = this.floor;
    for (const label of [markOfEntry(entryId), ...labels]) {
      for (const wanted of this.byLabel.get(label) ?? []) {
        if (wanted.at > last && wanted.labels.every((each) => each === label || labels.includes(each)))
          last = wanted.at;
      }
    }
    return last;
  }
}
