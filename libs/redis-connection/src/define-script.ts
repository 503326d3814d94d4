import { createHash } from 'node:crypto';
import type { RedisClient } from './redis-options.js';

export interface ScriptDefinition<Key extends string, Arg extends string> {
  /** For errors and traces. */
  readonly name: string;
  /** The text of the script. */
  readonly lua: string;
  /** Names of KEYS, in the script's order. */
  readonly keys: readonly Key[];
  /** Names of ARGV, in the script's order. */
  readonly args: readonly Arg[];
  /** Whether strings in the reply are bytes: they come as Buffers. */
  readonly binary?: boolean;
}

export interface ScriptInput<Key extends string, Arg extends string> {
  readonly keys: Readonly<Record<Key, string>>;
  readonly args: Readonly<Record<Arg, string | number | Buffer>>;
  /** Of scripts that take any number: behind the named ones. */
  readonly more?: { readonly keys: readonly string[]; readonly args: readonly (string | number | Buffer)[] };
}

/** A Lua script that is called by the names of its keys and arguments. */
export interface RedisScript<Key extends string = string, Arg extends string = string> {
  readonly name: string;
  /** One round trip; a second one when the server does not know the script yet. */
  run(client: RedisClient, input: ScriptInput<Key, Arg>): Promise<unknown>;
}

/**
 * Declares a script. It is called by its hash; a server that does not know it (started anew, failed over, flushed)
 * gets the text, which it runs and keeps.
 */
export function defineScript<const Key extends string, const Arg extends string>(
  definition: ScriptDefinition<Key, Arg>,
): RedisScript<Key, Arg> {
  const { name, lua, keys, args, binary } = definition;
  const sha = createHash('sha1').update(lua).digest('hex');
  const send = (client: RedisClient, ...command: [name: string, ...(string | number | Buffer)[]]) =>
    binary ? client.callBuffer(...command) : client.call(...command);
  return {
    name,
    async run(client, input) {
      const { more = { keys: [], args: [] } } = input;
      const allKeys = [...keys.map((key) => input.keys[key]), ...more.keys];
      const values = [...allKeys, ...args.map((arg) => input.args[arg]), ...more.args];
      try {
        return await send(client, 'evalsha', sha, allKeys.length, ...values);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
          return send(client, 'eval', lua, allKeys.length, ...values);
        }
        throw error;
      }
    },
  };
}
