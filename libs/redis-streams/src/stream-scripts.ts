import { readFileSync } from 'node:fs';
import { defineScript } from '#redis-connection';

const text = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

/** Trims a stream below what its groups still need. */
export const trimAcknowledged = defineScript({
  name: 'trim-acknowledged',
  lua: text('./trim-acknowledged.lua'),
  keys: ['stream'],
  args: [],
});

/** Forgets the consumers of replicas that are gone. */
export const deleteIdleConsumers = defineScript({
  name: 'delete-idle-consumers',
  lua: text('./delete-idle-consumers.lua'),
  keys: ['stream'],
  args: ['group', 'idleMs', 'leaving'],
});

/** Keeps events from being claimed while their handler works; the reply names those that were lost. */
export const renewEvents = defineScript({
  name: 'renew-events',
  lua: text('./renew-events.lua'),
  keys: ['stream'],
  args: ['group', 'consumer', 'ids'],
});
