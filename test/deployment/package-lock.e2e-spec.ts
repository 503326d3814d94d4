import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

const read = (name: string): LockFile =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as LockFile;

/** The folder itself and those above it, as Node looks for a package. */
function lookUpFolders(folder: string): string[] {
  const parts = folder.split('/node_modules/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/node_modules/')).concat('');
}

describe.each(['package-lock.json', 'bench/package-lock.json'])('%s', (name) => {
  // `npm ci` refuses a lock file without them, on every platform; `npm install` leaves them out when it cannot fetch them.
  it('locks the binaries of the other platforms too', () => {
    const { packages } = read(name);
    const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((optional) =>
        lookUpFolders(folder).every((above) => !packages[`${above && `${above}/`}node_modules/${optional}`]),
      ),
    );
    expect(missing).toEqual([]);
  });
});
