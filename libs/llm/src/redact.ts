const mask = '[redacted]';

/** Keys as providers print them, masked or not, and credentials inside a URL. */
const secretLooking = /\b(?:sk|pk|rk|gsk|xai|hf|lk)[-_][A-Za-z0-9_*.-]{6,}|(?<=:\/\/)[^\s/@"]+@/g;
const shortestSecret = 6;

/** Takes the given secrets, and whatever looks like one, out of text that came from upstream. */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = secrets.filter((secret) => secret !== undefined && secret.length >= shortestSecret) as string[];
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, mask), text).replace(secretLooking, mask);
}
