/** The server's time as this process takes it to be, in microseconds: only calendars need it, and only to name their windows. */
export class RedisClock {
  private ahead = 0;

  now(): number {
    return Date.now() * 1_000 + this.ahead;
  }

  /** The server said so a moment ago. */
  learn(now: number): void {
    this.ahead = now - Date.now() * 1_000;
  }
}
