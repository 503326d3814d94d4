import { Injectable } from '@nestjs/common';

export interface OwnCheck {
  readonly name: string;
  /** Asked with every probe: answers from memory. */
  readonly isUp: () => boolean;
}

/** What a service's own parts say of its readiness, beside connections and transport. */
@Injectable()
export class OwnChecks {
  private readonly checks: OwnCheck[] = [];

  get all(): readonly OwnCheck[] {
    return this.checks;
  }

  add(check: OwnCheck): void {
    this.checks.push(check);
  }
}
