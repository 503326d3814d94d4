import { Command, type Redis } from 'ioredis';
import { CircuitBreaker } from './circuit-breaker.js';
import { connectTimeoutMs } from './client-options.js';
import { DeadlineWheel, type Expirable } from './deadline-wheel.js';
import { RedisUnavailableError } from './redis-unavailable-error.js';

export interface GuardOptions {
  /** Milliseconds until a command is given up. */
  readonly timeoutMs: number;
  /** Whether commands are refused until the first connection stands; a cluster's nodes let them wait for it. */
  readonly startsOpen: boolean;
  /** Told when the connection becomes usable, or ceases to be. */
  onChange(): void;
}

type WriteStream = Parameters<Redis['sendCommand']>[1];

type WatchedCommand = Command & { limit?: CommandLimit };

/** When a command is looked at for the last time. */
class CommandLimit implements Expirable {
  constructor(
    private readonly command: Command,
    readonly deadline: number,
    private readonly onExpire: (command: Command) => void,
  ) {}

  expire(): void {
    this.onExpire(this.command);
  }
}

const faultsToOpen = 3;
const probeEveryMs = 250;
/** The part of a command's time, in milliseconds, that begins only when this process has looked at its sockets. */
const lastLookMs = 10;
/** A connection that leaves a PING unanswered for so long is replaced: its server may have gone without a word. */
const replaceAfterMs = 3_000;
/** What ioredis itself sends before a connection is ready. */
const handshakeCommands: ReadonlySet<string> = new Set(['hello', 'auth', 'select', 'client', 'readonly', 'info']);
/** Replies by which a server says that it cannot serve now. */
const notNow = /^(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY|BUSY|NOREPLICAS|MISCONF|OOM) /;

/**
 * Makes every command on one connection settle: within the timeout, or at once while the server is away.
 * It stands in the client's own `sendCommand`, through which single commands, pipelines and transactions all pass.
 */
export class GuardedConnection {
  /** Why the connection was last lost. */
  reason = 'not connected yet';
  private readonly breaker: CircuitBreaker;
  private readonly send: (command: Command, stream?: WriteStream) => unknown;
  private readonly limits = new DeadlineWheel();
  private pingSentAt: number | undefined;
  private gathering = false;

  constructor(
    readonly client: Redis,
    private readonly options: GuardOptions,
  ) {
    this.breaker = new CircuitBreaker({
      threshold: faultsToOpen,
      probeEveryMs,
      probe: () => this.probe(),
      onOpen: (reason) => {
        this.reason = reason;
        options.onChange();
      },
      onClose: () => options.onChange(),
    });
    this.breaker.isOpen = options.startsOpen;
    this.send = client.sendCommand.bind(client);
    client.sendCommand = (command, stream) => this.sendCommand(command, stream);
    client.on('error', (error: Error) => (this.reason = error.message));
    client.on('close', () => this.breaker.open('the connection was lost'));
    client.on('ready', () => this.breaker.close());
  }

  get isOpen(): boolean {
    return this.breaker.isOpen;
  }

  stop(): void {
    this.breaker.stop();
  }

  /** The hot path: two comparisons, a place on the wheel and two closures a command. */
  private sendCommand(command: Command, stream?: WriteStream): unknown {
    const shakingHands = this.client.status === 'connect' && handshakeCommands.has(command.name);
    if (this.breaker.isOpen && !shakingHands) {
      command.reject(new RedisUnavailableError());
      return command.promise;
    }
    this.watch(command, shakingHands ? connectTimeoutMs : this.options.timeoutMs);
    this.gatherWrites();
    return this.send(command, stream);
  }

  /**
   * One write to the socket for all commands that one event brings about, promises included: a third less processor time a
   * command at 16 in flight. It leaves before the loop goes on, so that Redis works while this process does. Unlike ioredis'
   * autopipelining, which was slower than none, it lets no command wait for another's reply.
   */
  private gatherWrites(): void {
    const { stream } = this.client;
    if (this.gathering || stream === undefined) {
      return;
    }
    this.gathering = true;
    stream.cork();
    process.nextTick(this.write, stream);
  }

  private readonly write = (stream: Redis['stream']): void => {
    this.gathering = false;
    stream.uncork();
  };

  private watch(command: WatchedCommand, timeoutMs: number): void {
    const { resolve, reject } = command;
    // It is set once: a redirected command has no more time.
    const limit = (command.limit ??= new CommandLimit(command, Date.now() + timeoutMs - lastLookMs, this.expire));
    this.limits.add(limit);
    command.resolve = (reply) => {
      this.limits.delete(limit);
      if (!command.isSettled) {
        this.breaker.succeeded();
      }
      resolve(reply);
    };
    command.reject = (error) => {
      this.limits.delete(limit);
      reject(readable(error));
    };
  }

  /** This process may have been busy, the command not yet written or its reply not yet read: it gets a last moment. */
  private readonly expire = (command: Command): void => {
    setTimeout(() => setImmediate(this.giveUp, command), lastLookMs);
  };

  /** After the turn of the loop that reads sockets, for the same reason. */
  private readonly giveUp = (command: Command): void => {
    if (!command.isSettled) {
      this.breaker.failed('commands timed out');
      command.reject(new RedisUnavailableError('Redis did not answer in time'));
    }
  };

  private async probe(): Promise<boolean> {
    if (this.client.status !== 'ready') {
      return false;
    }
    if (this.pingSentAt !== undefined) {
      if (Date.now() - this.pingSentAt > replaceAfterMs) {
        this.pingSentAt = undefined;
        this.client.disconnect(true);
      }
      return false;
    }
    return this.ping();
  }

  /** True when the answer comes in time; a late one only lets the next PING be sent. */
  private ping(): Promise<boolean> {
    const ping = new Command('ping');
    this.pingSentAt = Date.now();
    return new Promise((resolve) => {
      const late = setTimeout(() => setImmediate(resolve, false), this.options.timeoutMs);
      const settle = (answers: boolean) => {
        clearTimeout(late);
        this.pingSentAt = undefined;
        resolve(answers);
      };
      ping.promise.then(
        () => settle(true),
        (error: Error) => settle(error.message.startsWith('NOPERM')),
      );
      this.send(ping);
    });
  }
}

/** Faults of the connection, and a server's refusal to serve now, are one thing to callers; other replies are theirs. */
function readable(error: Error): Error {
  // ioredis puts the command's arguments there: prompts and secrets, which would end in a log.
  delete (error as { command?: unknown }).command;
  if (error instanceof RedisUnavailableError || (error.name === 'ReplyError' && !notNow.test(error.message))) {
    return error;
  }
  return new RedisUnavailableError('Redis is unavailable', { cause: error });
}
