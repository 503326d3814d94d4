import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, root, say } from './workspace.mjs';

const settings = ['package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
const stampFile = join(root, 'dist', '.sources');

/** A hash over everything that the build reads: contents, so that a fresh clone or a branch switch is seen as it is. */
function hashSources() {
  const sources = ['apps', 'libs']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, file.toString())),
    )
    .filter((file) => /\.(ts|lua)$/.test(file) && !/spec\.ts$/.test(file));
  const hash = createHash('sha256');
  for (const file of [...settings, ...sources.sort()])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

/** Builds into dist/ when a source changed since the last good build. */
export async function ensureBuild(processes) {
  const sources = hashSources();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sources) return;
  say('Building …');
  // Without a clean folder, deleted sources would live on in dist/.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  // Not by `npm run build`: npm would be stopped without its compiler.
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const { code } = await processes.run(process.execPath, [nest, 'build']);
  if (code !== 0) throw new Refusal('The build failed: see above.');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stampFile, sources);
}
