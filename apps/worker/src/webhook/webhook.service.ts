import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { newId } from '#service';
import { newSecret, unregistered, withNewSecret, type WebhookEndpoint, type WebhookEvent } from './webhook-endpoint.js';
import { WebhookRepository } from './webhook.repository.js';

export interface WantedEndpoint {
  readonly url?: string;
  readonly description?: string;
  readonly events?: readonly WebhookEvent[];
  readonly disabled?: boolean;
}

const attempts = 5;

/** The addresses that a tenant's webhooks go to, and the secrets that sign them. */
@Injectable()
export class WebhookService {
  constructor(private readonly repository: WebhookRepository) {}

  /** @throws ServiceError conflict when the tenant has as many endpoints as it may. */
  async create(tenant: string, wanted: WantedEndpoint & { readonly url: string }): Promise<WebhookEndpoint> {
    return this.add(tenant, { ...settled(wanted), id: newId(), ...birth() });
  }

  /** Those that were registered. */
  async list(tenant: string): Promise<WebhookEndpoint[]> {
    return (await this.repository.list(tenant)).filter(({ url }) => url !== undefined);
  }

  /** @throws ServiceError not_found */
  async read(tenant: string, id: string): Promise<WebhookEndpoint> {
    const found = await this.repository.find(tenant, id);
    if (found) return found;
    if (id === unregistered) return this.addDefault(tenant);
    throw new ServiceError('not_found', 'There is no such webhook.');
  }

  /** @throws ServiceError not_found */
  change(tenant: string, id: string, wanted: WantedEndpoint): Promise<WebhookEndpoint> {
    return this.edit(tenant, id, ({ disabled, ...was }) => ({
      ...was,
      ...settled({ ...(disabled && { disabled }), ...wanted }),
    }));
  }

  /** The old secret signs beside the new one for so long, so that receivers can change theirs in between. */
  rotate(tenant: string, id: string, overlapSeconds: number): Promise<WebhookEndpoint> {
    return this.edit(tenant, id, (was) => withNewSecret(was, overlapSeconds * 1_000));
  }

  /** @throws ServiceError not_found */
  async remove(tenant: string, id: string): Promise<void> {
    if (id === unregistered) throw new ServiceError('not_found', 'There is no such webhook.');
    await this.edit(tenant, id, () => undefined);
  }

  /** Where a message for an address goes: the endpoint registered for it, or the default, which holds a secret only. */
  async endpointFor(tenant: string, url: string): Promise<WebhookEndpoint> {
    const registered = (await this.list(tenant)).find((endpoint) => endpoint.url === url);
    return registered ?? this.read(tenant, unregistered);
  }

  private async addDefault(tenant: string): Promise<WebhookEndpoint> {
    const made = { id: unregistered, ...birth() };
    const outcome = await this.repository.replace(tenant, unregistered, undefined, made);
    return outcome === 'changed' ? this.read(tenant, unregistered) : made;
  }

  private async add(tenant: string, endpoint: WebhookEndpoint): Promise<WebhookEndpoint> {
    if ((await this.repository.replace(tenant, endpoint.id, undefined, endpoint)) === 'done') return endpoint;
    throw new ServiceError('conflict', 'The tenant has as many webhooks as it may have.');
  }

  private async edit<T extends WebhookEndpoint | undefined>(
    tenant: string,
    id: string,
    change: (was: WebhookEndpoint) => T,
  ): Promise<T> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const was = await this.read(tenant, id);
      const is = change(was);
      if ((await this.repository.replace(tenant, id, was, is)) === 'done') return is;
    }
    throw new ServiceError('conflict', 'The webhook is being changed by somebody else.');
  }
}

function birth() {
  return { secrets: [{ secret: newSecret() }], createdAt: new Date().toISOString() };
}

function settled({ url, description, events, disabled }: WantedEndpoint) {
  return {
    ...(url !== undefined && { url }),
    ...(description !== undefined && { description }),
    ...(events !== undefined && { events }),
    ...(disabled && { disabled: true as const }),
  };
}
