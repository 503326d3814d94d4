/** `npm run bench -- <suite> [--json]`: one suite of bench/, each number beside its peer's in the same run. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureRedisProgram, pathWith } from './find-redis.mjs';
import { startPrivateRedis } from './private-redis.mjs';
import { Processes } from './processes.mjs';
import { Refusal, failWith, home, requireNode, root, say } from './workspace.mjs';

const suites = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

function readArguments(args) {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const usage = `npm run bench -- <suite> [--json]\nSuites: ${suites.join(', ')}`;
  if (names.length !== 1 || !suites.includes(names[0]) || args.some((arg) => arg.startsWith('--') && arg !== '--json'))
    throw new Refusal(usage);
  return { suite: names[0], json: args.includes('--json') };
}

async function compile(processes) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code } = await processes.run(process.execPath, [tsc, '-p', join(root, 'tsconfig.bench.json')]);
  if (code !== 0) throw new Refusal('bench/ does not compile: see above.');
}

function printTable(results) {
  const number = (value) => (value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 3 }));
  const rows = results.map((row) => ({
    name: row.name,
    ours: `${number(row.ours)} ${row.unit}`,
    peer: row.peer === null ? '–' : `${number(row.peer)} ${row.unit}`,
    ratio: number(row.ratio),
    goal: row.goal ?? '–',
    met: row.met === null ? '–' : row.met ? 'yes' : 'NO',
  }));
  const columns = ['name', 'ours', 'peer', 'ratio', 'goal', 'met'];
  const all = [Object.fromEntries(columns.map((column) => [column, column])), ...rows];
  const widths = columns.map((column) => Math.max(...all.map((row) => row[column].length)));
  for (const row of all)
    say(
      columns
        .map((column, index) => row[column].padEnd(widths[index]))
        .join('  ')
        .trimEnd(),
    );
}

function describeMachine() {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${memory}, ${process.platform}, Node ${process.versions.node}`;
}

async function runSuite(processes, suite) {
  await ensureDependencies(processes);
  await ensureDependencies(processes, join(root, 'bench'));
  const program = await ensureRedisProgram(processes);
  process.env.PATH = pathWith(program);
  await ensureBuild(processes);
  await compile(processes);
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, 'bench-redis-'));
  try {
    const { url } = await startPrivateRedis(processes, { program }, { name: 'bench-redis', folder });
    process.env.REDIS_URL = url;
    const { run } = await import(pathToFileURL(join(root, 'dist', 'bench', `${suite}.js`)).href);
    return await run();
  } finally {
    await processes.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  requireNode();
  const { suite, json } = readArguments(process.argv.slice(2));
  const processes = new Processes();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => void processes.stop().then(() => process.exit(1)));
  const results = await runSuite(processes, suite);
  say();
  printTable(results);
  if (json) say(JSON.stringify({ suite, machine: describeMachine(), results }));
  process.exit(0);
}

await main().catch(failWith);
