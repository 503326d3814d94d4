import { Injectable } from '@nestjs/common';
import { metadataText } from '../conversation/merge-patch.js';
import { PreferencesRepository } from './preferences.repository.js';
import type { UserScope } from './user-sessions.repository.js';

/** What an application notes of a user, for all of their sessions. */
@Injectable()
export class PreferencesService {
  constructor(private readonly repository: PreferencesRepository) {}

  async read(user: UserScope): Promise<Record<string, unknown>> {
    const members = Object.entries(await this.repository.read(user));
    return Object.fromEntries(members.map(([name, json]) => [name, JSON.parse(json) as unknown]));
  }

  /** Members that are not named stay when `merged`; null removes. @throws ServiceError payload_too_large */
  async write(
    user: UserScope,
    wanted: Readonly<Record<string, unknown>>,
    { merged }: { merged: boolean },
  ): Promise<Record<string, unknown>> {
    const old = await this.read(user);
    const given = Object.entries(wanted).filter(([, value]) => value !== null);
    const kept = merged ? Object.entries(old).filter(([name]) => !Object.hasOwn(wanted, name)) : [];
    const all = Object.fromEntries([...kept, ...given]);
    metadataText(all, '');
    const removed = Object.keys(old).filter((name) => !Object.hasOwn(all, name));
    const set = Object.fromEntries(given.map(([name, value]) => [name, JSON.stringify(value)]));
    if (removed.length + given.length > 0) await this.repository.change(user, set, removed);
    return all;
  }
}
