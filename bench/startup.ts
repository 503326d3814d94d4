import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './measuring/child.js';
import { median } from './measuring/quantile.js';
import { atMost, type Result } from './measuring/result.js';

const starts = 5;
const idleMs = 10_000;
const bounds = { readyMs: 3_000, residentMb: 200 };

interface Start {
  readonly readyMs: number;
  readonly residentMb: number;
}

/** Start-up to ready after the build, and memory when idle; the peer is a bare Fastify and ioredis process. */
export async function run(): Promise<Result[]> {
  const ours: Start[] = [];
  const peer: Start[] = [];
  for (let round = 0; round < starts; round += 1) {
    // Memory takes patience and hardly varies: the last round measures it.
    const wait = round === starts - 1 ? idleMs : 0;
    peer.push(await start('bench/processes/bare-handler.js', wait));
    ours.push(await start('apps/standalone/src/main.js', wait));
  }
  const readyMs = (each: readonly Start[]) => median(each.map((one) => one.readyMs));
  const residentMb = (each: readonly Start[]) => each.at(-1)?.residentMb ?? NaN;
  return [
    atMost(bounds.readyMs, {
      name: 'standalone: start to ready',
      unit: 'ms',
      ours: readyMs(ours),
      peer: readyMs(peer),
    }),
    atMost(bounds.residentMb, {
      name: `standalone: resident memory after ${idleMs / 1_000} s idle`,
      unit: 'MB',
      ours: residentMb(ours),
      peer: residentMb(peer),
    }),
  ];
}

async function start(module: string, idleForMs: number): Promise<Start> {
  const child = await startChild(module);
  await sleep(idleForMs);
  const measured = { readyMs: child.startMs, residentMb: residentMb(child.pid) };
  await child.stop();
  return measured;
}

/** Linux only, as /proc is; elsewhere the suite says NaN rather than a guess. */
function residentMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1_024;
  } catch {
    return NaN;
  }
}
