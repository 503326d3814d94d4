/** Milliseconds; sweepers take a tenant for quiet only after a minute. */
const goodForMs = 10_000;
const mostHeld = 10_000;

/** Whom sweepers know of, so that most reservations need not tell them. */
export class AnnouncedTenants {
  private readonly announced = new Map<string, number>();

  /** @param announce must have succeeded before anything is reserved */
  constructor(private readonly announce: (tenant: string) => Promise<void>) {}

  async ensure(tenant: string): Promise<void> {
    const now = performance.now();
    if (now - (this.announced.get(tenant) ?? -Infinity) < goodForMs) return;
    await this.announce(tenant);
    if (this.announced.size >= mostHeld) this.announced.clear();
    this.announced.set(tenant, now);
  }
}
