import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService, LarderConfig, ServiceEnv } from '#service';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { SavingsController } from './savings.controller.js';

let redis: RunningRedis;
let app: NestFastifyApplication;

@Module({ controllers: [SavingsController] })
class SavingsModule {}

const usual = { requestsPerDay: '10000', hitRate: '0.7', pricePer1kTokens: '0.003', tokensPerRequest: '500' };

async function get(query: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const response = await fetch(`${await app.getUrl()}/v1/savings?${new URLSearchParams(given)}`);
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: (await response.json()) as Record<string, unknown> };
}

beforeAll(async () => {
  redis = await startRedis();
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const env = Object.assign(new ServiceEnv(), { redisUrl: redis.url, keyPrefix, logLevel: 'silent' });
  const options = { name: 'cache', defaultPort: 0, modules: [SavingsModule], rpc: 'local' } as const;
  app = await createService(options, env, new LarderConfig());
  await app.listen(0, '127.0.0.1');
});

afterAll(async () => {
  await app.close();
  await redis.stop();
});

describe('GET /v1/savings', () => {
  it("answers the field's example", async () => {
    const { status, body } = await get(usual);
    expect(status).toBe(200);
    expect(body).toMatchObject({ paidPerDayUsd: '4.50', savedPerDayUsd: '10.50', savedPerMonthUsd: '315.00' });
  });

  it('takes the tokens of the whole request where those of the question are not told', async () => {
    const { body } = await get({ ...usual, embeddingPricePer1kTokens: '0.0002' });
    expect(body).toMatchObject({ embeddingPerDayUsd: '1.00', netSavedPerDayUsd: '9.50' });
  });

  it.each([
    ['requestsPerDay', undefined],
    ['requestsPerDay', '-1'],
    ['requestsPerDay', '1.5'],
    ['hitRate', '1.0000001'],
    ['hitRate', 'NaN'],
    ['pricePer1kTokens', 'free'],
    ['tokensPerRequest', ''],
    ['tokensPerRequest', '1e400'],
    ['embeddingTokensPerRequest', '-5'],
    ['hitrate', '0.5'],
  ])('names %s when it is %j', async (name, value) => {
    const { status, type, body } = await get({ ...usual, [name]: value });
    expect({ status, type }).toEqual({ status: 400, type: expect.stringContaining('application/problem+json') });
    expect(body).toMatchObject({ param: name, detail: expect.stringContaining(name) });
  });

  it('names all that is wrong at once', async () => {
    const { body } = await get({ hitRate: '7' });
    const faults = (body.faults as string[]).join('\n');
    for (const name of Object.keys(usual)) expect(faults).toContain(name);
  });
});
