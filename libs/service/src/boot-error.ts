/** The configuration cannot work: says every fault at once, naming variables and members, never their values. */
export class BootError extends Error {
  override readonly name = 'BootError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
  }
}
