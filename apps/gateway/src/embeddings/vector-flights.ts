/** What one request does about the texts whose vectors it lacks. */
export interface Boarding<Made> {
  /** Nobody else asks for these; they must be landed, whatever happens. */
  readonly own: readonly string[];
  /** Others are asking for these; undefined when they got none. */
  readonly others: ReadonlyMap<string, Promise<Made | undefined>>;
  /** Hands what was made to all who wait for it; without any it sets them free. Called once. */
  readonly land: (made: ReadonlyMap<string, Made>) => void;
}

/** Lets concurrent requests of this process that lack the same vectors share one call upstream. */
export class VectorFlights<Made> {
  private readonly flights = new Map<string, Promise<Made | undefined>>();

  board(keys: Iterable<string>): Boarding<Made> {
    const own: string[] = [];
    const others = new Map<string, Promise<Made | undefined>>();
    for (const key of keys) {
      const flight = this.flights.get(key);
      if (flight) others.set(key, flight);
      else own.push(key);
    }
    return { own, others, land: this.depart(own) };
  }

  private depart(keys: readonly string[]): Boarding<Made>['land'] {
    let resolveMade!: (made: ReadonlyMap<string, Made>) => void;
    const landed = new Promise<ReadonlyMap<string, Made>>((resolve) => (resolveMade = resolve));
    for (const key of keys) {
      this.flights.set(
        key,
        landed.then((made) => made.get(key)),
      );
    }
    return (made) => {
      for (const key of keys) this.flights.delete(key);
      resolveMade(made);
    };
  }
}
