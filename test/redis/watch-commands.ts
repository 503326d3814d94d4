import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Redis } from 'ioredis';
import { until } from './until.js';

interface WatchedCommand {
  /** Name and arguments. */
  readonly args: readonly string[];
  /** Address of the client, or `lua`. */
  readonly source: string;
}

export interface CommandWatch {
  /** Ends the watch and tells of every command that the server got before this call. */
  end(): Promise<WatchedCommand[]>;
}

/** `1700000000.123456 [0 127.0.0.1:5000] "get" "key"` */
const linePattern = /^\+?\d+\.\d+ \[\d+ ([^\]]+)\] (.*)$/;

/**
 * Watches a server by MONITOR, on a socket of its own: ioredis' monitor loses its place when somebody else's command
 * comes in one piece with the reply to MONITOR.
 */
export async function watchCommands(client: Redis): Promise<CommandWatch> {
  const { host, port } = client.options;
  const socket = connect(port!, host);
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(socket, 'connect');
  socket.write('MONITOR\r\n');
  await until('MONITOR', () => text.startsWith('+OK\r\n'));
  return {
    async end() {
      const marker = randomUUID();
      await client.echo(marker);
      await until('the last command', () => text.includes(marker));
      socket.destroy();
      return text.slice(0, text.indexOf(marker)).split('\r\n').flatMap(readLine);
    },
  };
}

function readLine(line: string): WatchedCommand[] {
  const [, source, quoted] = linePattern.exec(line) ?? [];
  if (source === undefined || quoted === undefined || !quoted.endsWith('"')) return [];
  return [{ source, args: [...quoted.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, arg]) => arg!) }];
}
