import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Refusal, home, root } from './workspace.mjs';

const warningLevel = 40;
const keptLines = 20;
/** Services finish what they do within LARDER_DRAIN_MS; whoever takes longer than that is stuck. */
const patienceMs = Number(process.env.LARDER_DRAIN_MS || 10_000) + 5_000;

/** The child processes of one command: a crash of any is told, and all are stopped, the last started first. */
export class Processes {
  #children = [];
  #stopping;
  #reportCrash;

  /** Settles with a Refusal when a service ends by itself, unless somebody else was to be told. */
  crash = new Promise((resolve) => (this.#reportCrash = resolve));

  /** Ends the whole command for a reason. */
  fail(refusal) {
    this.#reportCrash(refusal);
  }

  /** Runs a step to its end, with its output on the terminal unless told otherwise. */
  async run(command, args, { env, cwd = root, stdio = ['ignore', 'inherit', 'inherit'] } = {}) {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
    this.#children.push({ name: command, child, ended: ending(child) });
    const { code, signal, error } = await this.#children.at(-1).ended;
    this.#children = this.#children.filter((entry) => entry.child !== child);
    if (error) throw new Refusal(`Cannot run ${command}: ${error.message}`);
    return { code: code ?? 1, signal };
  }

  /**
   * Starts a service. Its log goes to .larder/logs/<name>.log; warnings, errors and plain lines on stderr come to the terminal too.
   * `onCrash` is told, in place of `crash`, when it ends by itself.
   */
  start(name, command, args, { env, onCrash = (refusal) => this.fail(refusal) } = {}) {
    mkdirSync(join(home, 'logs'), { recursive: true });
    const isFirst = this.#children.every((entry) => entry.name !== name);
    const log = createWriteStream(join(home, 'logs', `${name}.log`), { flags: isFirst ? 'w' : 'a' });
    // A process group of its own: Ctrl-C in the terminal must reach only this script, which then stops all in order.
    const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const tail = [];
    const keep = (line, terminal) => {
      log.write(`${line}\n`);
      if (tail.push(line) > keptLines) tail.shift();
      if (terminal) process.stderr.write(`[${name}] ${line}\n`);
    };
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => keep(line, isWarning(line)));
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => keep(line, true));
    const ended = ending(child).then((end) => this.#ended(name, end, tail, onCrash));
    this.#children.push({ name, child, ended });
    return { pid: child.pid, ended, tail };
  }

  #ended(name, { code, signal, error }, tail, onCrash) {
    if (!this.#stopping) {
      const why = error ? error.message : signal ? `was ended by ${signal}` : `exited with code ${code}`;
      const said = tail.map((line) => `  ${line}`).join('\n');
      onCrash(new Refusal(`${name} ${why}. Its last lines (all: .larder/logs/${name}.log):\n${said}`));
    }
    return { code, signal };
  }

  get stopping() {
    return this.#stopping !== undefined;
  }

  /** Stops every process that is left; with `now`, without waiting for any to finish what it does. */
  stop({ now = false } = {}) {
    if (now) for (const { child } of this.#children) child.kill('SIGKILL');
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  async #stopInOrder() {
    for (const { child, ended } of [...this.#children].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(killer);
    }
  }
}

function ending(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Service logs are JSON lines with pino's levels; Redis speaks plain text, and marks warnings by `#`. */
function isWarning(line) {
  try {
    const { level } = JSON.parse(line);
    return typeof level === 'number' ? level >= warningLevel : ['warn', 'error', 'fatal'].includes(level);
  } catch {
    return false;
  }
}
