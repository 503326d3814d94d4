import { Injectable } from '@nestjs/common';
import { ApiKeyDirectory, ServiceEnv } from '#service';

/** Administrators work for it without a key of its own. */
const ownTenant = 'default';

/** Which tenants anybody can still act for: one that was deleted, or whose keys were all revoked, gets no more work by the clock. */
@Injectable()
export class LiveTenants {
  constructor(
    private readonly env: ServiceEnv,
    private readonly keys: ApiKeyDirectory,
  ) {}

  isLive(tenant: string): boolean {
    const needsKey = this.env.authMode === 'keys' && tenant !== ownTenant;
    return !needsKey || !this.keys.loaded || this.keys.hasLiveKeys(tenant);
  }
}
