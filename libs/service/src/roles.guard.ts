import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ServiceError } from '#contracts';
import { publicKey, rolesKey, type Principal, type Role } from './principal.js';

type Demand = 'nobody' | readonly Role[];

/** Lets a request through whose key holds one of the handler's roles. Calls over the bus were admitted at their edge. */
@Injectable()
export class RolesGuard implements CanActivate {
  /** Metadata never changes: read once a handler. */
  private readonly demands = new Map<unknown, Demand>();

  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const demand = this.demands.get(context.getHandler()) ?? this.readDemand(context);
    if (demand === 'nobody') return true;
    const { principal } = context.switchToHttp().getRequest<{ principal?: Principal }>();
    if (!principal) throw new ServiceError('unauthenticated', 'An API key is needed');
    if (demand.length === 0 || principal.roles.includes('admin')) return true;
    if (demand.some((role) => principal.roles.includes(role))) return true;
    throw new ServiceError('forbidden', `The API key does not hold the role ${demand.join(' or ')}`);
  }

  private readDemand(context: ExecutionContext): Demand {
    const targets = [context.getHandler(), context.getClass()];
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(publicKey, targets);
    const wanted = this.reflector.getAllAndOverride<readonly Role[] | undefined>(rolesKey, targets);
    const demand: Demand = isPublic ? 'nobody' : (wanted ?? []);
    this.demands.set(context.getHandler(), demand);
    return demand;
  }
}
