import pino, { type DestinationStream, type Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Facts beside a message: ids, counts, durations, codes; never prompts, bodies or secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Whatever is logged by mistake under these names is struck out, one and two levels down. */
const secretMembers = [
  'authorization',
  'apiKey',
  'adminKey',
  'busSecret',
  'tenantSecret',
  'secret',
  'password',
  'cookie',
  'body',
  'messages',
  'prompt',
  'headers',
];

/** JSON lines on standard output. */
export class Log {
  constructor(private readonly pino: Logger) {}

  debug(message: string, fields?: LogFields): void {
    this.pino.debug(fields ?? {}, message);
  }

  info(message: string, fields?: LogFields): void {
    this.pino.info(fields ?? {}, message);
  }

  warn(message: string, fields?: LogFields): void {
    this.pino.warn(fields ?? {}, message);
  }

  /** `fields.error` is an Error: its type, message and stack are written. */
  error(message: string, fields?: LogFields): void {
    this.pino.error(fields ?? {}, message);
  }

  child(fields: LogFields): Log {
    return new Log(this.pino.child(fields));
  }
}

interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/**
 * What may be told of an error. Its other members may not: Redis errors carry their command's arguments, and a
 * SyntaxError of JSON.parse quotes the text that it could not read.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error' };
  const message = error instanceof SyntaxError ? 'syntax error' : error.message;
  const { code } = error as NodeJS.ErrnoException;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message,
    ...(typeof code === 'string' && { code }),
    ...(frames && { stack: frames.join('\n') }),
    ...(error.cause !== undefined && depth < 3 && { cause: describeError(error.cause, depth + 1) }),
  };
}

/** Writes synchronously, so that the last line before an exit is not lost. */
export function createLog(
  service: string,
  level: LogLevel,
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Log {
  const paths = secretMembers.flatMap((member) => [member, `*.${member}`, `*.*.${member}`]);
  return new Log(
    pino(
      {
        level,
        base: { service, pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: describeError },
        redact: { paths, censor: '[redacted]' },
      },
      destination,
    ),
  );
}
