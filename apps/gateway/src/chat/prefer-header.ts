/** Whether the client would rather be answered with a place to look than wait (RFC 7240, 4.1: `Prefer: respond-async`). */
export function prefersAsync(prefer: string | readonly string[] | undefined): boolean {
  if (prefer === undefined) return false;
  const preferences = String(prefer).split(',');
  return preferences.some((each) => each.split(/[=;]/, 1)[0]!.trim().toLowerCase() === 'respond-async');
}
