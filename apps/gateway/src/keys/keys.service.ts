import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { identifierPattern, ServiceError } from '#contracts';
import {
  ApiKeyDirectory,
  ApiKeyRepository,
  decodeCursor,
  encodeCursor,
  formatApiKey,
  hashSecret,
  newId,
  ordinaryRoles,
  type ApiKeyRecord,
} from '#service';
import { TenantsService } from '../tenants/tenants.service.js';
import type { CreatedKey, CreateKeyRequest, Key, KeyPage, ListKeysQuery } from './key.dto.js';

const pageSize = 200;
/** A tenant's keys may be far apart in the index: a call looks at so many pages, then hands out a cursor. */
const maxPages = 10;

@Injectable()
export class KeysService {
  constructor(
    private readonly repository: ApiKeyRepository,
    private readonly directory: ApiKeyDirectory,
    private readonly tenants: TenantsService,
  ) {}

  async create(request: CreateKeyRequest): Promise<CreatedKey> {
    const { tenant = 'default', roles = ordinaryRoles, expiresAt, name, userId } = request;
    const expiry = expiresAt === undefined ? {} : { expiresAt: futureInstant(expiresAt) };
    await this.tenants.assertExists(tenant);
    const keyId = newId();
    const secret = randomBytes(32).toString('base64url');
    const record: ApiKeyRecord = {
      keyId,
      tenant,
      roles,
      sha256: hashSecret(secret).toString('hex'),
      createdAt: new Date().toISOString(),
      ...expiry,
      ...(name !== undefined && { name }),
      ...(userId !== undefined && { userId }),
    };
    await this.repository.create(record);
    // Known from memory here at once; elsewhere within a second, and by look-up until then.
    await this.directory.refresh().catch(() => undefined);
    return { ...show(record), key: formatApiKey({ keyId, secret }) };
  }

  /** In the order of their last change; a key that changes meanwhile may be seen twice, and none is missed. */
  async list({ tenant, cursor, limit }: ListKeysQuery): Promise<KeyPage> {
    let from = cursor === undefined ? 0 : Number(decodeCursor(cursor, /^\d{1,16}$/));
    const data: Key[] = [];
    for (let page = 0; page < maxPages; page += 1) {
      const changes = await this.repository.changesFrom(from, pageSize);
      const records = await Promise.all(changes.map(({ keyId }) => this.repository.find(keyId)));
      for (const [at, record] of records.entries()) {
        from = changes[at]!.version + 1;
        if (record && (tenant === undefined || record.tenant === tenant)) data.push(show(record));
        if (data.length === limit) return { data, nextCursor: encodeCursor(from) };
      }
      if (changes.length < pageSize) return { data, nextCursor: null };
    }
    return { data, nextCursor: encodeCursor(from) };
  }

  /** At once in this process, within about a second in all others. */
  async revoke(keyId: string): Promise<void> {
    const known = identifierPattern.test(keyId) && (await this.repository.revoke(keyId, new Date().toISOString()));
    if (!known) throw new ServiceError('not_found', 'There is no such key');
    await this.directory.refresh().catch(() => undefined);
  }
}

function futureInstant(text: string): string {
  const instant = new Date(text);
  if (!(instant.getTime() > Date.now())) {
    throw new ServiceError('invalid_request', 'expiresAt must be in the future', { param: 'expiresAt' });
  }
  return instant.toISOString();
}

function show({ keyId, sha256: _, ...record }: ApiKeyRecord): Key {
  return { id: keyId, ...record };
}
