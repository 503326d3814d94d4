import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { lookUp, ServiceError, type LookUpRequest } from '#contracts';
import type { RpcClient } from '#redis-streams';
import { GuardedRpc } from './guarded-rpc.js';

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void jest.useRealTimers());

class AwayError extends Error {}

const request = { tenant: 'acme' } as LookUpRequest;
const gone = () => Promise.reject(new ServiceError('deadline_exceeded', 'too late'));

function guarded() {
  const call = jest.fn<() => Promise<unknown>>();
  const rpc = new GuardedRpc({ call } as unknown as RpcClient, () => new AwayError());
  const ask = () => rpc.call(lookUp, request);
  const leave = async () => {
    call.mockImplementation(gone);
    for (let times = 0; times < 5; times += 1) await expect(ask()).rejects.toThrow(AwayError);
    call.mockClear();
  };
  return { call, ask, leave };
}

describe('calls of a service that the gateway can do without', () => {
  it('are not made for a second once five in a row have failed', async () => {
    const { call, ask, leave } = guarded();
    await leave();
    await expect(ask()).rejects.toThrow(AwayError);
    expect(call).not.toHaveBeenCalled();
  });

  it('go on when the one that asks anew is answered; until then nobody waits for it', async () => {
    const { call, ask, leave } = guarded();
    await leave();
    jest.advanceTimersByTime(1_000);
    let answer = (_: unknown) => {};
    call.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const asking = ask();
    await expect(ask()).rejects.toThrow(AwayError);
    answer('found');
    expect(await asking).toBe('found');
    call.mockResolvedValue('found too');
    expect(await ask()).toBe('found too');
  });

  it('stay away while that one fails too, for another second', async () => {
    const { call, ask, leave } = guarded();
    await leave();
    for (let second = 0; second < 2; second += 1) {
      jest.advanceTimersByTime(1_000);
      await expect(ask()).rejects.toThrow(AwayError);
      await expect(ask()).rejects.toThrow(AwayError);
    }
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('pass on what the service refuses, which is no sign of its absence', async () => {
    const { call, ask } = guarded();
    call.mockRejectedValue(new ServiceError('invalid_request', 'no'));
    for (let times = 0; times < 7; times += 1) await expect(ask()).rejects.toMatchObject({ code: 'invalid_request' });
    expect(call).toHaveBeenCalledTimes(7);
  });
});
