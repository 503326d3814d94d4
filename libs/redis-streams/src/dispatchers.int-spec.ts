import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis, until, type RunningRedis } from '../../../test/redis/index.js';
import { count, echo, fail, unanswered } from '../../../test/transport/contracts.js';
import { randomPrefix, startService, type RunningService } from '../../../test/transport/start-service.js';
import type { RpcMode } from './transport-options.js';

let redis: RunningRedis;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

describe.each<RpcMode>(['streams', 'local'])('an RPC by the dispatcher "%s"', (rpc) => {
  let service: RunningService;

  beforeEach(async () => {
    service = await startService({
      url: redis.url,
      keyPrefix: randomPrefix(),
      rpc,
      maxOutstanding: 50,
      streamWindow: 8,
    });
  });
  afterEach(() => service.close());

  it('answers with what the handler returned', async () => {
    await expect(service.client.call(echo, { text: 'grüße' })).resolves.toMatchObject({ text: 'grüße' });
  });

  it('carries tenant, trace and caller', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const reply = await service.client.call(echo, { text: 'x' }, { tenant: 'acme', traceparent });
    expect(reply).toMatchObject({ tenant: 'acme', traceparent, caller: expect.stringMatching(/^echo\/./) });
  });

  it('answers many calls at once, each with its own reply', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);
    const replies = await Promise.all(texts.map((text) => service.client.call(echo, { text })));
    expect(replies.map((reply) => reply.text)).toEqual(texts);
  });

  it('gives the caller the code, message and details of a ServiceError', async () => {
    await expect(service.client.call(fail, { how: 'service-error' })).rejects.toMatchObject({
      name: 'ServiceError',
      code: 'conflict',
      message: 'Already there',
      details: { param: 'how', faults: ['already there'] },
    });
    await expect(service.client.call(fail, { how: 'observable' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says of an unforeseen fault only that it is internal', async () => {
    const fault = await service.client.call(fail, { how: 'unknown' }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'internal', message: 'Internal error' });
  });

  it('refuses a payload that breaks its contract, naming the member', async () => {
    const broken = { text: 7 } as unknown as { text: string };
    await expect(service.client.call(echo, broken)).rejects.toMatchObject({
      code: 'invalid_request',
      details: { param: 'text', faults: ['text must be a string'] },
    });
    expect(service.journal.requests).toHaveLength(0);
  });

  it('refuses at once what nothing answers', async () => {
    await expect(service.client.call(unanswered, { how: '' }, { deadlineMs: 60_000 })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('gives up at the deadline, tells the handler, and discards the late reply', async () => {
    const late = service.client.call(echo, { text: 'late', waitMs: 300 }, { deadlineMs: 60 });
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await until('the signal aborts', () => service.journal.aborted.includes('late'));
    await sleep(300);
    expect(service.status.snapshot().outstanding).toBe(0);
  });

  it('stops waiting when the caller aborts', async () => {
    const abort = new AbortController();
    const call = service.client.call(echo, { text: 'x', waitMs: 200 }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(service.status.snapshot().outstanding).toBe(0);
  });

  it('refuses calls beyond the bound of those that wait', async () => {
    const calls = Array.from({ length: 60 }, () => service.client.call(echo, { text: 'x', waitMs: 50 }));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  });

  it('streams a reply item by item, to its end', async () => {
    const items: number[] = [];
    for await (const item of service.client.stream(count, { to: 100 })) items.push(item);
    expect(items).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('streams what an Observable emits', async () => {
    const items: number[] = [];
    for await (const item of service.client.stream(count, { to: 20, source: 'observable' })) items.push(item);
    expect(items).toHaveLength(20);
  });

  it('holds the handler back while the consumer takes nothing', async () => {
    const iterator = service.client.stream(count, { to: 1_000 })[Symbol.asyncIterator]();
    await iterator.next();
    await sleep(100);
    expect(service.journal.produced).toBeLessThan(30);
    await iterator.return?.();
  });

  it('ends the handler when the consumer stops', async () => {
    for await (const item of service.client.stream(count, { to: 1_000_000 })) if (item === 20) break;
    await until('the handler is cancelled', () => service.journal.aborted.includes('count'));
  });

  it('tells of a fault in the middle of a stream, after the items before it', async () => {
    const items: number[] = [];
    const consume = async () => {
      for await (const item of service.client.stream(count, { to: 10, source: 'failing' })) items.push(item);
    };
    await expect(consume()).rejects.toMatchObject({ code: 'upstream_failed' });
    expect(items).toEqual([0, 1, 2]);
  });

  it('refuses calls after it has closed, and leaves none waiting', async () => {
    await service.close();
    if (rpc === 'local') return;
    await expect(service.client.call(echo, { text: 'x' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  if (rpc === 'streams') {
    it('serves a plain ClientProxy too', async () => {
      await expect(firstValueFrom(service.proxy.send('echo.echo', { text: 'plain' }))).resolves.toMatchObject({
        text: 'plain',
      });
    });
  }
});
