const firstSlots = 1_024;
const empty = -1;

/**
 * Which vector is where: ids outside, small numbers inside. A number is used again after its row is gone.
 * The table of ids is our own, four bytes a slot: a `Map` takes as much as a hundred bytes an id.
 */
export class RowRegistry<Home> {
  /** Keys by the hash of their id, with linear probing; at most half full. */
  private slots = new Int32Array(firstSlots).fill(empty);
  private readonly rows: (string | undefined)[] = [];
  private readonly homes: (Home | undefined)[] = [];
  private readonly labels = new Map<number, readonly string[]>();
  private readonly free: number[] = [];
  private count = 0;
  /** Place among the vectors of its home. */
  private places = new Int32Array(firstSlots);

  get size(): number {
    return this.count;
  }

  add(id: string, home: Home, labels: readonly string[]): number {
    const key = this.free.pop() ?? this.rows.length;
    this.rows[key] = id;
    this.homes[key] = home;
    this.count += 1;
    if (this.count * 2 > this.slots.length) {
      this.widen();
    } else {
      this.slots[this.slotOf(id)] = key;
    }
    if (labels.length > 0) {
      this.labels.set(key, labels);
    }
    if (key >= this.places.length) {
      const wider = new Int32Array(this.places.length * 2);
      wider.set(this.places);
      this.places = wider;
    }
    return key;
  }

  remove(id: string): void {
    const slot = this.slotOf(id);
    const key = this.slots[slot]!;
    if (key !== empty) {
      this.vacate(slot);
      this.rows[key] = undefined;
      this.homes[key] = undefined;
      this.labels.delete(key);
      this.free.push(key);
      this.count -= 1;
    }
  }

  keyOf(id: string): number | undefined {
    const key = this.slots[this.slotOf(id)]!;
    return key === empty ? undefined : key;
  }

  idOf(key: number): string | undefined {
    return this.rows[key];
  }

  homeOf(key: number): Home | undefined {
    return this.homes[key];
  }

  placeOf(key: number): number {
    return this.places[key]!;
  }

  setPlace(key: number, place: number): void {
    this.places[key] = place;
  }

  hasLabels(key: number, wanted: readonly string[]): boolean {
    const labels = this.labels.get(key) ?? [];
    return wanted.every((label) => labels.includes(label));
  }

  /** Some ids from a position on, and the position to go on from; 0 after the last. */
  sample(from: number, count: number): { ids: string[]; next: number } {
    const to = Math.min(this.rows.length, from + count);
    const ids = this.rows.slice(from, to).filter((id) => id !== undefined);
    return { ids, next: to === this.rows.length ? 0 : to };
  }

  /** Where the id is, or would be put. */
  private slotOf(id: string): number {
    const mask = this.slots.length - 1;
    let slot = hash(id) & mask;
    for (let key = this.slots[slot]!; key !== empty && this.rows[key] !== id; key = this.slots[slot]!) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Moves up what stood behind only because this slot was taken. */
  private vacate(freed: number): void {
    const mask = this.slots.length - 1;
    let hole = freed;
    for (let slot = (hole + 1) & mask; this.slots[slot] !== empty; slot = (slot + 1) & mask) {
      const wanted = hash(this.rows[this.slots[slot]!]!) & mask;
      if (((slot - wanted) & mask) >= ((slot - hole) & mask)) {
        this.slots[hole] = this.slots[slot]!;
        hole = slot;
      }
    }
    this.slots[hole] = empty;
  }

  private widen(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(empty);
    this.rows.forEach((id, key) => {
      if (id !== undefined) {
        this.slots[this.slotOf(id)] = key;
      }
    });
  }
}

/** FNV-1a, with its low bits mixed once more: they choose the slot. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value ^ (value >>> 15);
}
