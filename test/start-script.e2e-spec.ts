import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readSseText, spelledText } from './larder/sse.js';
import { send } from './larder/http.js';
import { cleanEnvironment, freePort } from './larder/larder-process.js';
import { eventually, patienceMs } from './larder/suite.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const leftBehind = new Set(['node_modules', 'dist', '.git', '.larder']);

/** The body of the first curl command that the README shows. */
async function bodyOfReadme(): Promise<Record<string, unknown>> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const body = /curl [^`]*?\/v1\/chat\/completions[^`]*?-d '([^']+)'/.exec(readme)?.[1];
  if (body === undefined) throw new Error('the README shows no curl command with a body');
  return JSON.parse(body) as Record<string, unknown>;
}

/** The repository as a fresh clone has it; only the installed packages are shared, to spare the network. */
describe('npm start from a fresh clone', () => {
  let clone: string;
  const running = new Set<ChildProcess>();

  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), 'larder-clone-'));
    await cp(root, clone, { recursive: true, filter: (source) => !leftBehind.has(basename(source)) });
    await symlink(join(root, 'node_modules'), join(clone, 'node_modules'));
  }, patienceMs);

  afterAll(async () => {
    await Promise.all([...running].map(stop));
    await rm(clone, { recursive: true, force: true });
  }, patienceMs);

  async function start(args: readonly string[]): Promise<{ url: string; child: ChildProcess }> {
    const port = await freePort();
    const child = spawn(process.execPath, ['scripts/start.mjs', ...args], {
      cwd: clone,
      env: { ...cleanEnvironment(), LARDER_HTTP_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (printed += part.toString()));
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`it ended:\n${printed}`);
      expect(printed).toContain(`Larder is ready on http://127.0.0.1:${port}`);
      expect(printed).toContain('curl ');
    }, patienceMs - 20_000);
    return { url: `http://127.0.0.1:${port}`, child };
  }

  async function stop(child: ChildProcess): Promise<void> {
    running.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    await once(child, 'exit');
  }

  it.each([
    ['one process', []],
    ['split', ['--split']],
  ])('answers the command of the README twice: %s', async (_name, args) => {
    const { url, child } = await start(args);
    const body = await bodyOfReadme();
    for (const stream of [false, true]) {
      const question = { ...body, stream, messages: [{ role: 'user', content: `A question for ${url}, ${stream}` }] };
      const ask = () => send(`${url}/v1/chat/completions`, { body: question });
      const [first, second] = [await ask(), await ask()];
      expect(first.headers['cache-status']).toBe(stream ? 'larder; fwd=miss' : 'larder; fwd=miss; stored');
      expect(second.headers['cache-status']).toMatch(/^larder; hit; (ttl=\d+; )?detail=exact$/);
      expect(second.headers.age).toMatch(/^\d+$/);
      if (stream) {
        const [live, replay] = [readSseText(first.text), readSseText(second.text)];
        expect(spelledText(replay.chunks)).toBe(spelledText(live.chunks));
        expect(replay.done).toBe(true);
      } else expect(second.json()).toEqual(first.json());
    }
    const asWritten = await send(`${url}/v1/chat/completions`, { body });
    expect(asWritten.status).toBe(200);
    await killedIsStartedAgain(url, child);
    await stop(child);
    expect(child.exitCode).toBe(0);
    await expect(send(`${url}/health/live`)).rejects.toThrow();
  });

  /** The services are children of the script, which is told nothing but that one has gone. */
  async function killedIsStartedAgain(url: string, child: ChildProcess): Promise<void> {
    const gateway = (await servicesOf(child)).find(({ command }) => /apps\/(standalone|gateway)\//.test(command))!;
    process.kill(gateway.pid, 'SIGKILL');
    await eventually(async () => {
      expect((await servicesOf(child)).map(({ pid }) => pid)).not.toContain(gateway.pid);
      expect((await send(`${url}/health/ready`)).status).toBe(200);
    });
    expect(child.exitCode).toBeNull();
  }

  async function servicesOf({ pid }: ChildProcess): Promise<{ pid: number; command: string }[]> {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
    const rows = stdout.split('\n').flatMap((line) => {
      const [, own, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return command === undefined ? [] : [{ pid: Number(own), parent: Number(parent), command }];
    });
    return rows.filter(({ parent }) => parent === pid);
  }
});
