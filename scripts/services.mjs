import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, requireFreePort } from './ports.mjs';
import { Refusal, root, say } from './workspace.mjs';

const startMs = 60_000;
/** A service that ends by itself is started again after a second, doubled each time that it ends within a minute. */
const restartMs = 1_000;
const steadyMs = 60_000;
const mostRestarts = 6;

/** Where the services listen and which they are: one process, or (`split`) two replicas of the cache and one of every other service. */
export async function planServices({ split }) {
  const host = process.env.LARDER_HTTP_HOST || '127.0.0.1';
  const port = Number(process.env.LARDER_HTTP_PORT || 8080);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Refusal('LARDER_HTTP_PORT must be a port number from 1 to 65535.');
  await requireFreePort(port, host, 'Stop it, or choose another: LARDER_HTTP_PORT=8090 npm start');
  if (!split) return { url: urlOf(host, port), services: [{ name: 'standalone', app: 'standalone', port }] };
  const first = await requireFreePort(8081, host, '').then(() => 8081, freePort);
  const services = [
    { name: 'cache-1', app: 'cache', port: first },
    { name: 'cache-2', app: 'cache', port: await freePort() },
    ...(await Promise.all(
      ['ratelimit', 'session', 'worker'].map(async (app) => ({ name: app, app, port: await freePort() })),
    )),
    { name: 'gateway', app: 'gateway', port },
  ];
  return { url: urlOf(host, port), services };
}

const urlOf = (host, port) => `http://${contactHost(host)}:${port}`;

/** Where this machine reaches a server that listens on every address. */
function contactHost(host) {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Starts every service, waits until each says that it is ready, and keeps them running from then on. */
export async function startServices(processes, { url, services }, environment) {
  await Promise.all(
    services.map(async ({ name, app, port }) => {
      const main = join(root, 'dist', 'apps', app, 'src', 'main.js');
      const env = { ...process.env, ...environment, LARDER_HTTP_PORT: String(port) };
      const service = keepRunning(processes, name, ['--enable-source-maps', main], env);
      await untilReady(new URL(`http://${new URL(url).hostname}:${port}/health/ready`), name);
      service.wasReady = true;
    }),
  );
}

/** What Compose and Kubernetes do elsewhere. A service that never was ready, or ends again and again, ends the command. */
function keepRunning(processes, name, args, env) {
  const service = { wasReady: false };
  let restarts = 0;
  const run = () => {
    const began = Date.now();
    const onCrash = async (refusal) => {
      restarts = Date.now() - began > steadyMs ? 1 : restarts + 1;
      if (!service.wasReady || restarts > mostRestarts) return processes.fail(refusal);
      say(`${refusal.message}\n${name} is started again.`);
      await sleep(restartMs * 2 ** (restarts - 1));
      if (!processes.stopping) run();
    };
    processes.start(name, process.execPath, args, { env, onCrash });
  };
  run();
  return service;
}

async function untilReady(url, name) {
  for (const end = Date.now() + startMs; Date.now() < end; await sleep(50)) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await response?.arrayBuffer().catch(() => undefined);
    if (response?.ok) return;
  }
  throw new Refusal(`${name} was not ready after ${startMs / 1000} s: see .larder/logs/${name}.log`);
}
