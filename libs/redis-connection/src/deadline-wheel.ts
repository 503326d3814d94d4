/** Something that must end at a time. */
export interface Expirable {
  /** Epoch milliseconds. */
  readonly deadline: number;
  expire(): void;
}

const slotMs = 10;
const longestTimerMs = 2 ** 31 - 1;

/** Many deadlines for the price of one timer per 10 ms of them; fires at most 10 ms late (and as late as the event loop). */
export class DeadlineWheel {
  private readonly slots = new Map<number, { items: Set<Expirable>; timer: NodeJS.Timeout }>();

  add(item: Expirable): void {
    const index = Math.ceil(item.deadline / slotMs);
    let slot = this.slots.get(index);
    if (!slot) {
      slot = { items: new Set(), timer: this.schedule(index) };
      this.slots.set(index, slot);
    }
    slot.items.add(item);
  }

  delete(item: Expirable): void {
    this.slots.get(Math.ceil(item.deadline / slotMs))?.items.delete(item);
  }

  close(): void {
    for (const { timer } of this.slots.values()) clearTimeout(timer);
    this.slots.clear();
  }

  private schedule(index: number): NodeJS.Timeout {
    const delay = Math.min(Math.max(index * slotMs - Date.now(), 0), longestTimerMs);
    return setTimeout(() => this.turn(index), delay).unref();
  }

  private turn(index: number): void {
    const slot = this.slots.get(index);
    if (!slot) return;
    if (index * slotMs > Date.now()) {
      slot.timer = this.schedule(index);
      return;
    }
    this.slots.delete(index);
    for (const item of slot.items) item.expire();
  }
}
