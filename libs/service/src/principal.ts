import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ServiceError } from '#contracts';

export const roles = [
  'chat',
  'cache:read',
  'cache:write',
  'cache:feedback',
  'limits',
  'sessions',
  'jobs',
  'channels',
  'upstream',
  'admin',
] as const;

/** What a caller may do; `upstream` is the pass-through of paths that Larder does not know. */
export type Role = (typeof roles)[number];

/** What a key may do unless told: everything but administer. */
export const ordinaryRoles: readonly Role[] = roles.filter((role) => role !== 'admin');

/** Who asks. One frozen object per key, shared by all of its requests. */
export interface Principal {
  readonly tenant: string;
  readonly keyId: string;
  readonly roles: readonly Role[];
  /** Present when the key is pinned to one user: it then outranks what the request says. */
  readonly userId?: string;
  /** The client's own `Authorization`, to be sent upstream; only in passthrough mode. */
  readonly upstreamAuthorization?: string;
  /** `openai-organization` and `openai-project` as the client sent them, likewise; they are part of its tenant. */
  readonly upstreamAccount?: Readonly<Record<string, string>>;
}

/** User ids come from outside systems (an e-mail address is one): visible ASCII, hashed wherever they enter a key. */
export const userIdPattern = /^[\x21-\x7e]{1,128}$/;

export const publicKey = 'larder:public';
export const rolesKey = 'larder:roles';

/** On a method: it answers anybody. The route carries it too, because keys are checked before the body is read. */
export const Public = (): MethodDecorator =>
  applyDecorators(SetMetadata(publicKey, true), RouteConfig({ public: true }));

/** On a class or a method: the caller's key must hold one of these roles; `admin` holds all of them. */
export const Roles = (...wanted: Role[]) => SetMetadata(rolesKey, wanted);

/** The principal that authentication left on the request. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<{ principal?: Principal }>();
  if (!principal) throw new ServiceError('unauthenticated', 'An API key is needed');
  return principal;
});
