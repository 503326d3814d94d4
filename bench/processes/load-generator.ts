/** Posts one body over N connections for some seconds and prints a LoadReport. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { root } from '../measuring/child.js';
import type { LoadOptions, LoadReport } from '../measuring/load.js';
import { quantile } from '../measuring/quantile.js';

interface AutocannonRun extends PromiseLike<{ errors: number; timeouts: number; non2xx: number; duration: number }> {
  on(event: 'response', listener: (client: unknown, status: number, bytes: number, milliseconds: number) => void): void;
}

type Autocannon = (options: object) => AutocannonRun;

const require = createRequire(`${root}bench/package.json`);
const { default: autocannon } = (await import(pathToFileURL(require.resolve('autocannon')).href)) as {
  default: Autocannon;
};

const { url, connections, seconds, headers, body } = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const run = autocannon({ url, connections, duration: seconds, method: 'POST', headers, body });
// autocannon's own histogram holds whole milliseconds: too coarse for a hit.
const times: number[] = [];
run.on('response', (_client, _status, _bytes, milliseconds) => void times.push(milliseconds));
const { errors, timeouts, non2xx, duration } = await run;
if (errors + timeouts + non2xx > 0) throw new Error(`${errors} errors, ${timeouts} timeouts, ${non2xx} not 2xx`);
const report: LoadReport = {
  requestsPerSecond: times.length / duration,
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
};
process.stdout.write(JSON.stringify(report));
