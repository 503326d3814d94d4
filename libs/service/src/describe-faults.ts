import type { ValidationError } from 'class-validator';

export interface DescribedFault {
  /** `upstreams.0.url` */
  readonly path: string;
  /** One sentence that names the member and what it must be; never its value. */
  readonly fault: string;
}

/** Flattens what class-validator found, each fault once: it validates a nested member once for every class that declares it. */
export function describeFaults(errors: readonly ValidationError[], path = ''): DescribedFault[] {
  const faults = flattened(errors, path).map((found): [string, DescribedFault] => [
    `${found.path} ${found.fault}`,
    found,
  ]);
  return [...new Map(faults).values()];
}

function flattened(errors: readonly ValidationError[], path: string): DescribedFault[] {
  return errors.flatMap((error) => {
    const here = path ? `${path}.${error.property}` : error.property;
    const own = Object.entries(error.constraints ?? {}).map(([rule, text]) => ({
      path: here,
      fault: phrase(here, error.property, rule, text),
    }));
    return [...own, ...flattened(error.children ?? [], here)];
  });
}

/** class-validator begins its sentences with the bare property name; a reader needs the whole path. */
function phrase(path: string, property: string, rule: string, text: string): string {
  if (rule === 'whitelistValidation') return `${path} is not known`;
  return text.startsWith(`${property} `) ? `${path}${text.slice(property.length)}` : `${path}: ${text}`;
}
