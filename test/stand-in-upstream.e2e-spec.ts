import { afterAll, beforeAll, describe } from '@jest/globals';
import { theOfficialClientWorks } from './behaviours/openai-client.js';
import { startUpstream, type StandInUpstream } from './larder/upstream.js';

/** The stand-in itself, without Larder: what it shows the official client is what Larder must show, too. */
describe('stand-in upstream, asked directly', () => {
  let upstream: StandInUpstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.stop());
  theOfficialClientWorks(() => ({ baseURL: upstream.url, apiKey: 'sk-direct', upstream }));
});
