/** `npm test [-- <path> …]`: everything, from a fresh clone. Ends with one line: `N passed, N failed`. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureRedisProgram, pathWith } from './find-redis.mjs';
import { Processes } from './processes.mjs';
import { failWith, home, requireNode, root, say } from './workspace.mjs';

const lingerMs = 30_000;
/** Real servers are waited for more than they work: so many specs at once keep two cores busy, and no more. */
const projects = [
  { name: 'unit', options: [] },
  { name: 'integration', options: ['--maxWorkers=3'] },
  { name: 'suite', options: ['--maxWorkers=2'] },
];

async function runProject(processes, { name, options }, paths, env) {
  const report = join(home, `test-${name}.json`);
  mkdirSync(home, { recursive: true });
  rmSync(report, { force: true });
  say(`\n— ${name} tests —`);
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const selection = ['--selectProjects', name, '--json', `--outputFile=${report}`, ...options];
  const args = ['--experimental-vm-modules', '--no-warnings', jest, ...selection, '--passWithNoTests', ...paths];
  // With --json, Jest also prints its report on stdout; what people read goes to stderr.
  const ended = processes.run(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const watching = new AbortController();
  const { code } = await Promise.race([ended, untilLingering(report, watching.signal)]);
  watching.abort();
  const result = readReport(report);
  tellRetried(result);
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  // Jest can fail without a failed test, for example on a faulty configuration: that must not pass as zero failures.
  return { passed: result.numPassedTests, failed: code === 0 ? failed : Math.max(failed, 1) };
}

/** A test that leaves something open keeps Jest from ending long after its report is written. */
async function untilLingering(report, signal) {
  try {
    while (!readReport(report).complete) await sleep(1_000, undefined, { signal });
    await sleep(lingerMs, undefined, { signal });
    say(`Jest did not end within ${lingerMs / 1000} s after its last test: something was left open.`);
    return { code: 1 };
  } catch {
    return new Promise(() => {});
  }
}

function readReport(file) {
  try {
    return { ...JSON.parse(readFileSync(file, 'utf8')), complete: true };
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, complete: false };
  }
}

function tellRetried({ testResults = [] }) {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  for (const { status, invocations, fullName } of tests)
    if (status === 'passed' && invocations > 1) say(`PASSED ONLY AT ATTEMPT ${invocations}: ${fullName}`);
}

async function main() {
  requireNode();
  const processes = new Processes();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => void processes.stop().then(() => process.exit(1)));
  await ensureDependencies(processes);
  const env = { PATH: pathWith(await ensureRedisProgram(processes)) };
  await ensureBuild(processes);
  const totals = { passed: 0, failed: 0 };
  for (const project of projects) {
    const { passed, failed } = await runProject(processes, project, process.argv.slice(2), env);
    totals.passed += passed;
    totals.failed += failed;
  }
  await processes.stop({ now: true });
  if (totals.passed + totals.failed === 0) totals.failed = 1;
  say(`\n${totals.passed} passed, ${totals.failed} failed`);
  process.exit(totals.failed === 0 ? 0 : 1);
}

await main().catch(failWith);
