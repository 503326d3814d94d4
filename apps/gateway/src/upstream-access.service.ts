import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { ServiceEnv, type Principal } from '#service';

/** In passthrough mode, whoever holds the admin key; clients' tenants are named by an HMAC. */
const administrators = 'default';

export interface UpstreamCredentials {
  /** The client's own; absent: upstream's configured key is used. */
  readonly authorization?: string;
  /** Whose account the client's key is to use. */
  readonly headers: Readonly<Record<string, string>>;
}

/** With whose credentials a model is called. */
@Injectable()
export class UpstreamAccess {
  constructor(private readonly env: ServiceEnv) {}

  /**
   * @throws ServiceError forbidden in passthrough mode for work that no client waits for: the client's key is kept nowhere, and
   * Larder's own is not for whoever sends any key at all
   */
  of(principal: Pick<Principal, 'tenant' | 'upstreamAuthorization' | 'upstreamAccount'>): UpstreamCredentials {
    const { tenant, upstreamAuthorization: authorization, upstreamAccount: headers = {} } = principal;
    if (authorization !== undefined) return { authorization, headers };
    if (this.env.authMode === 'passthrough' && tenant !== administrators) {
      const message = 'In passthrough mode only a request that carries its own upstream key can call a model.';
      throw new ServiceError('forbidden', message, { reason: 'no_upstream_key' });
    }
    return { headers };
  }
}
