/** What may stand between two colons; `:` separates and braces mark a slot, so they are never among it. */
const partPattern = /^[A-Za-z0-9_.-]{1,128}$/;

/**
 * Lets a part into a key, or throws: no text from outside can forge another key.
 * The message names the part and never its value, which may be a prompt or a secret.
 */
export function part(name: string, value: string): string {
  if (typeof value !== 'string' || !partPattern.test(value)) {
    throw new TypeError(`Redis key part "${name}" must be 1 to 128 letters, digits, "_", "." or "-"`);
  }
  return value;
}
