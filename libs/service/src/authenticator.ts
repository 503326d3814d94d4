import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { ApiKeyDirectory } from './api-key-directory.js';
import { hashSecret, sameSecret } from './api-key.js';
import { ServiceEnv } from './env.js';
import { ordinaryRoles, roles, type Principal } from './principal.js';
import { TenantSecret } from './tenant-secret.js';

const accountHeaders = ['openai-organization', 'openai-project'];
const everybody: Principal = Object.freeze({ tenant: 'default', keyId: 'open', roles });
const administrator: Principal = Object.freeze({ tenant: 'default', keyId: 'admin', roles });

/** Tells who sends a request, by its `Authorization` header and the mode of this suite. */
@Injectable()
export class Authenticator {
  private readonly adminHash: Buffer | undefined;

  constructor(
    private readonly env: ServiceEnv,
    private readonly directory: ApiKeyDirectory,
    private readonly tenantSecret: TenantSecret,
  ) {
    this.adminHash = env.adminKey === undefined ? undefined : hashSecret(env.adminKey);
  }

  /** A promise only when Redis must be asked. Throws `unauthenticated`, or `unavailable` while the answer cannot be known. */
  authenticate(authorization: string | undefined, headers: IncomingHttpHeaders = {}): Principal | Promise<Principal> {
    if (this.env.authMode === 'open') return everybody;
    const token = bearer(authorization);
    if (this.adminHash && sameSecret(token, this.adminHash)) return administrator;
    return this.env.authMode === 'keys' ? this.directory.authenticate(token) : this.passThrough(token, headers);
  }

  /** The client's own key, and the account that it is to use, name its tenant; the key itself goes upstream and is kept nowhere. */
  private passThrough(token: string, headers: IncomingHttpHeaders): Principal {
    const account = accountOf(headers);
    const hmac = createHmac('sha256', this.tenantSecret.value()).update(token);
    if (account) hmac.update(JSON.stringify(account));
    const tenant = hmac.digest('hex').slice(0, 32);
    const upstream = { upstreamAuthorization: `Bearer ${token}`, ...(account && { upstreamAccount: account }) };
    return { tenant, keyId: tenant, roles: ordinaryRoles, ...upstream };
  }
}

/** OpenAI's clients name an organization and a project when they are told to. */
function accountOf(headers: IncomingHttpHeaders): Record<string, string> | undefined {
  const given = accountHeaders.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

function bearer(authorization: string | undefined): string {
  const token = authorization?.slice(7).trim();
  if (!token || authorization?.slice(0, 7).toLowerCase() !== 'bearer ') {
    throw new ServiceError('unauthenticated', 'An API key is needed: send it as "Authorization: Bearer <key>"');
  }
  return token;
}
