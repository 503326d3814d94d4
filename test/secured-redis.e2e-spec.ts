import { describe } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repeatsAreAnsweredFromTheCache } from './behaviours/exact-cache.js';
import { identicalMissesShareOneCall } from './behaviours/single-flight.js';
import { useSuite } from './larder/suite.js';
import { startRedis } from './redis/index.js';

const authority = join(mkdtempSync(join(tmpdir(), 'larder-ca-')), 'ca.pem');

/** TLS, and an ACL user that may touch nothing but keys of the suite. */
describe('split, over TLS as an ACL user', () => {
  const current = useSuite({
    topology: 'split',
    caches: 2,
    env: { NODE_EXTRA_CA_CERTS: authority },
    redis: async () => {
      const redis = await startRedis({
        tls: true,
        acl: ['larder on >s3cret-of-acl resetkeys ~larder:* resetchannels +@all -@dangerous +info +config|get'],
      });
      writeFileSync(authority, redis.ca!);
      return redis;
    },
  });
  repeatsAreAnsweredFromTheCache(current);
  identicalMissesShareOneCall(current);
});
