import 'reflect-metadata';
import { startBullMq } from './jobs/bullmq.js';
import type { Contestant } from './jobs/contestant.js';
import { startOurs } from './jobs/ours.js';
import { median } from './measuring/quantile.js';
import { atLeastTimes, atMost, type Result } from './measuring/result.js';

const rounds = 5;
const jobsARound = 10_000;
const warmUpJobs = 2_000;
const samples = 300;
/** Beside so many others that wait, a job may cost at most this many times what it costs beside a thousand. */
const flatness = 1.25;
const few = 1_000;
const many = 1_000_000;

/** The job engine against BullMQ: same Redis, same payload, 64 in flight, a handler that does nothing. */
export async function run(): Promise<Result[]> {
  const ours = await startOurs();
  const peer = await startBullMq();
  const results = [...(await throughput(ours, peer)), await pickUp(ours, peer)];
  await Promise.all([ours.close(), peer.close()]);
  return [...results, await flat()];
}

async function perSecond(count: number, work: () => Promise<number | void>): Promise<number> {
  const began = performance.now();
  const tookMs = (await work()) ?? performance.now() - began;
  return (count / tookMs) * 1_000;
}

/** Turn by turn, so that what else happens on the machine hits both. */
async function throughput(ours: Contestant, peer: Contestant): Promise<Result[]> {
  const added: Record<'ours' | 'peer', number[]> = { ours: [], peer: [] };
  const processed: Record<'ours' | 'peer', number[]> = { ours: [], peer: [] };
  for (let round = 0; round <= rounds; round++) {
    const count = round === 0 ? warmUpJobs : jobsARound;
    for (const [name, contestant] of [
      ['ours', ours],
      ['peer', peer],
    ] as const) {
      const adds = await perSecond(count, () => contestant.add(count));
      const runs = await perSecond(count, () => contestant.process(count));
      if (round === 0) continue;
      added[name].push(adds);
      processed[name].push(runs);
    }
  }
  return [
    atLeastTimes(2, { name: 'processed', unit: '1/s', ours: median(processed.ours), peer: median(processed.peer) }),
    atLeastTimes(1.5, { name: 'added in bulk', unit: '1/s', ours: median(added.ours), peer: median(added.peer) }),
  ];
}

async function pickUp(ours: Contestant, peer: Contestant): Promise<Result> {
  const [mine, theirs] = [await ours.pickUps(samples), await peer.pickUps(samples)];
  return atMost(2, { name: 'pick-up on an idle queue, p50', unit: 'ms', ours: median(mine), peer: median(theirs) });
}

/** What a job costs from its submission to its end, beside few and beside very many others. */
async function flat(): Promise<Result> {
  const costs: Record<'few' | 'many', number> = { few: 0, many: 0 };
  for (const [name, waiting] of [
    ['few', few],
    ['many', many],
  ] as const) {
    const queue = await startOurs(`bench-${name}`);
    await queue.add(waiting);
    const measured: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const addMs = (jobsARound / (await perSecond(jobsARound, () => queue.add(jobsARound)))) * 1_000;
      measured.push((addMs + (await queue.process(jobsARound))) / jobsARound);
    }
    costs[name] = median(measured) * 1_000;
    await queue.close();
  }
  const ratio = costs.many / costs.few;
  const cost = { name: `a job beside ${many} others, against ${few}`, unit: 'times' };
  return atMost(flatness, { ...cost, ours: ratio });
}
