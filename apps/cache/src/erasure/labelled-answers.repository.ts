import { Injectable } from '@nestjs/common';
import { RedisConnections } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import type { EntryPlace } from '../catalogue/catalogue.repository.js';
import { fromRedis, isWrongType } from '../cache.errors.js';
import { entryIdOf } from '../response/stored-answer.js';

const keysPerScan = 1_000;
/** Bytes of a stored answer in which its header ends; it names its labels. */
const headerLength = 8_192;

export interface LabelledAnswer extends EntryPlace {
  readonly cacheId: string;
}

/** Answers in Redis (role `cache`) by what they say of themselves, whether or not a list names them. Reads every one of a tenant. */
@Injectable()
export class LabelledAnswersRepository {
  private readonly keys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  async *find(tenant: string, label: string): AsyncGenerator<LabelledAnswer> {
    const client = this.connections.command('cache');
    const nodes = 'nodes' in client ? client.nodes('master') : [client];
    for (const node of nodes) {
      let cursor = '0';
      do {
        const pattern = this.keys.exactInAnyCache(tenant);
        const [next, keys] = await fromRedis(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', keysPerScan));
        cursor = next;
        const headers = await Promise.all(keys.map((key) => this.header(key)));
        yield* keys.flatMap((key, index) => answerAt(key, headers[index]!, label));
      } while (cursor !== '0');
    }
  }

  private async header(key: string): Promise<string> {
    const client = this.connections.command('cache');
    const start = await fromRedis(() =>
      client.getrange(key, 0, headerLength - 1).catch((error: unknown) => {
        if (isWrongType(error)) return '';
        throw error;
      }),
    );
    return start.slice(0, start.indexOf('\n'));
  }
}

/** A label is a digest: it stands in a header or it does not. */
function answerAt(key: string, header: string, label: string): LabelledAnswer[] {
  const entryId = entryIdOf(header);
  const [exactKey, generation, cacheId] = key.split(':').reverse();
  if (!header.includes(`"${label}"`) || !entryId || !exactKey || !generation || !cacheId) return [];
  return [{ entryId, exactKey, generation, cacheId }];
}
