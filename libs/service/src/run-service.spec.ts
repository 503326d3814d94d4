import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runService } from './run-service.js';

describe('a service that is configured wrongly', () => {
  const before = { ...process.env };
  const folder = mkdtempSync(join(tmpdir(), 'larder-boot-'));
  let said = '';

  beforeEach(() => {
    said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true));
    jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = { ...before };
    rmSync(folder, { recursive: true, force: true });
  });

  it('does not start, and lists every fault of the environment and the file, one a line, without a value', async () => {
    const file = join(folder, 'larder.yaml');
    writeFileSync(file, 'upstreams: [{ name: a, url: hidden }]\ncaches: [{ id: "hid:den", ttlSeconds: -7 }]\n');
    Object.assign(process.env, {
      LARDER_CONFIG: file,
      LARDER_HTTP_HOST: '0.0.0.0',
      LARDER_HTTP_PORT: 'hidden',
      LARDER_LOG_LEVEL: 'hidden',
      LARDER_UPSTREM_URL: 'http://hidden',
      REDIS_URL: 'hidden://user:hidden@hidden',
    });
    await expect(runService({ name: 'gateway', defaultPort: 0, modules: [], rpc: 'local' })).rejects.toThrow('exit 1');
    const lines = said.trim().split('\n');
    for (const place of [
      'LARDER_HTTP_HOST must be a loopback address',
      'LARDER_HTTP_PORT must be an integer number',
      'LARDER_LOG_LEVEL must be one of',
      'LARDER_UPSTREM_URL is not known',
      'REDIS_URL: ',
      'LARDER_CONFIG: upstreams.0.url',
      'LARDER_CONFIG: caches.0.id',
      'LARDER_CONFIG: caches.0.ttlSeconds',
    ]) {
      expect(lines.filter((line) => line.startsWith(`gateway cannot start: ${place}`))).toHaveLength(1);
    }
    expect(lines).toHaveLength(8);
    expect(said).not.toMatch(/hidden|hid:den|-7/);
  });
});
