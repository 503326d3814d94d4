const prunedFrom = 1_000;

/**
 * Which documents were written here since a read began: what that read found of them is older than what is in memory
 * already, and must not replace it.
 */
export class RecentWrites {
  private clock = 0;
  private readonly written = new Map<string, number>();
  private readonly reads = new Set<number>();

  beginRead(): number {
    this.clock += 1;
    this.reads.add(this.clock);
    return this.clock;
  }

  endRead(began: number): void {
    this.reads.delete(began);
    if (this.reads.size === 0) {
      this.written.clear();
    } else if (this.written.size > prunedFrom) {
      const oldest = Math.min(...this.reads);
      this.written.forEach((at, id) => at < oldest && this.written.delete(id));
    }
  }

  note(id: string): void {
    if (this.reads.size > 0) {
      this.clock += 1;
      this.written.set(id, this.clock);
    }
  }

  isNewer(id: string, began: number): boolean {
    return (this.written.get(id) ?? 0) > began;
  }
}
