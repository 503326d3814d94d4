import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { identifierPattern, ServiceError } from '#contracts';
import { ApiKeyDirectory, decodeCursor, encodeCursor, newId, type PageQuery } from '#service';
import type { CreateTenantRequest, Tenant, TenantPage } from './tenant.dto.js';
import { TenantRepository } from './tenant.repository.js';

/** The tenant of an open suite, and of keys that name none: it is always there. */
const defaultTenant = 'default';

@Injectable()
export class TenantsService implements OnApplicationBootstrap {
  constructor(
    private readonly repository: TenantRepository,
    private readonly directory: ApiKeyDirectory,
  ) {}

  /** Only so that lists show it; without Redis it works all the same. */
  async onApplicationBootstrap(): Promise<void> {
    await this.repository.create({ id: defaultTenant, createdAt: new Date().toISOString() }).catch(() => false);
  }

  async create({ id = newId(), name }: CreateTenantRequest): Promise<Tenant> {
    const tenant: Tenant = { id, createdAt: new Date().toISOString(), ...(name !== undefined && { name }) };
    if (!(await this.repository.create(tenant))) {
      throw new ServiceError('conflict', 'A tenant with this id exists', { param: 'id' });
    }
    return tenant;
  }

  async find(id: string): Promise<Tenant> {
    const tenant = await this.repository.find(assertId(id));
    if (!tenant) throw notFound();
    return tenant;
  }

  /** Throws `invalid_request` when a request names a tenant that does not exist. */
  async assertExists(id: string): Promise<void> {
    if (id === defaultTenant || (await this.repository.find(id))) return;
    throw new ServiceError('invalid_request', 'tenant must name a tenant that exists', { param: 'tenant' });
  }

  async list({ cursor, limit }: PageQuery): Promise<TenantPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, identifierPattern);
    const ids = await this.repository.idsAfter(after, limit);
    const tenants = await Promise.all(ids.map((id) => this.repository.find(id)));
    const last = ids.length === limit ? ids.at(-1) : undefined;
    return {
      data: tenants.filter((tenant) => tenant !== undefined),
      nextCursor: last === undefined ? null : encodeCursor(last),
    };
  }

  /** Refused while the tenant has keys: they would go on to work for a tenant that nobody sees any more. */
  async remove(id: string): Promise<void> {
    if (id === defaultTenant) throw new ServiceError('conflict', 'The default tenant cannot be deleted');
    await this.find(id);
    await this.directory.refresh();
    if (this.directory.hasLiveKeys(id)) {
      throw new ServiceError('conflict', 'The tenant has keys: revoke them first');
    }
    await this.repository.remove(id);
  }
}

function assertId(id: string): string {
  if (!identifierPattern.test(id)) throw notFound();
  return id;
}

function notFound(): ServiceError {
  return new ServiceError('not_found', 'There is no such tenant');
}
