/** `npm start [-- --split]`: from a fresh clone to a running Larder, with nothing installed but Node. */
import { ensureBuild } from './build.mjs';
import { askTwice, curlCommand, isDemo } from './demonstration.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureRedis } from './find-redis.mjs';
import { startPrivateRedis } from './private-redis.mjs';
import { Processes } from './processes.mjs';
import { planServices, startServices } from './services.mjs';
import { Refusal, failWith, requireNode, say } from './workspace.mjs';

const usage = `npm start                one process on http://127.0.0.1:8080 (LARDER_HTTP_HOST, LARDER_HTTP_PORT)
npm start -- --split     two replicas of the cache and one of every other service, as separate processes`;

function readArguments(args) {
  const unknown = args.filter((arg) => arg !== '--split' && arg !== '--help');
  if (unknown.length > 0) throw new Refusal(`Unknown argument: ${unknown.join(' ')}\n\n${usage}`);
  return { split: args.includes('--split'), help: args.includes('--help') };
}

/** REDIS_URL, or all three roles of it, name a Redis that somebody else runs; otherwise a private one is started. */
async function provideRedis(processes) {
  const { REDIS_URL, REDIS_CACHE_URL, REDIS_STATE_URL, REDIS_BUS_URL } = process.env;
  if (REDIS_URL || (REDIS_CACHE_URL && REDIS_STATE_URL && REDIS_BUS_URL))
    return { environment: {}, note: 'as the environment says' };
  const { url, data } = await startPrivateRedis(processes, await ensureRedis(processes));
  return { environment: { REDIS_URL: url }, note: `private, ${url}, data in ${data}` };
}

async function start(processes, { split }) {
  const plan = await planServices({ split });
  await ensureDependencies(processes);
  const redis = await provideRedis(processes);
  await ensureBuild(processes);
  const began = performance.now();
  await startServices(processes, plan, redis.environment);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  say(`\nLarder is ready on ${plan.url} after ${seconds} s (documentation of the API: ${plan.url}/docs)`);
  for (const { name, port } of split ? plan.services : []) say(`  ${name.padEnd(8)} port ${port}`);
  say(`  Redis: ${redis.note}; logs in .larder/logs/`);
  await demonstrate(plan.url);
  say('Ctrl-C stops everything.');
}

async function demonstrate(url) {
  const demo = await isDemo(url);
  if (demo) {
    say('  No upstream is configured, so the built-in demo model answers (LARDER_UPSTREAM_URL names a real one).');
    const [first, second] = await askTwice(url);
    const told = ({ ms, status, cache }) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms (${cache ?? `status ${status}`})`;
    say(`  One prompt asked twice: first ${told(first)}, then ${told(second)}.`);
  }
  say(`\nTry it, twice:\n  ${curlCommand(url, demo ? 'larder-demo' : '<a model of your upstream>')}\n`);
}

async function main() {
  requireNode();
  const options = readArguments(process.argv.slice(2));
  if (options.help) return say(usage);
  const processes = new Processes();
  stopOnSignals(processes);
  const crash = processes.crash.then((refusal) => Promise.reject(refusal));
  try {
    await Promise.race([start(processes, options), crash]);
    await crash;
  } catch (error) {
    // A step that fails because the reader stopped everything is no fault.
    if (processes.stopping) return;
    await processes.stop();
    failWith(error);
  }
}

/** The first signal stops all in order and ends well; the second does not wait. */
function stopOnSignals(processes) {
  const stop = () => void processes.stop({ now: processes.stopping }).then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  // npm that was killed cannot pass a signal on; whoever started this script by hand may go away as usual.
  if (process.env.npm_lifecycle_event !== 'start') return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && !processes.stopping && stop(), 500).unref();
}

await main().catch(failWith);
