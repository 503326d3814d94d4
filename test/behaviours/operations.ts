import { describe, expect, it } from '@jest/globals';
import { validate } from '@readme/openapi-parser';
import { send } from '../larder/http.js';
import { everythingShown, everythingStored } from '../larder/leaks.js';
import { chatBody, promptMarker, type CurrentSuite } from '../larder/suite.js';

/** What whoever runs it needs from every process. */
export function everyProcessCanBeOperated(current: CurrentSuite): void {
  describe('operations', () => {
    it.each(['/health/live', '/health/ready', '/health/startup'])('%s is green without a key', async (path) => {
      for (const { url } of current().larder.processes) expect((await send(`${url}${path}`)).status).toBe(200);
    });

    it('exports metrics as Prometheus reads them', async () => {
      for (const { url } of current().larder.processes) {
        const reply = await send(`${url}/metrics`);
        expect(reply.status).toBe(200);
        expect(reply.headers['content-type']).toMatch(/^(text\/plain|application\/openmetrics-text)/);
        expect(reply.text).toMatch(/^# HELP \S+ /m);
      }
    });

    it('documents its paths', async () => {
      const { larder } = current();
      const paths: string[] = [];
      for (const { url } of larder.processes) {
        expect((await send(`${url}/docs`)).headers['content-type']).toMatch(/^text\/html/);
        const document = (await send(`${url}/docs-json`)).json<{ paths: object }>();
        paths.push(...Object.keys(document.paths));
        expect(await validate(document as Parameters<typeof validate>[0])).toMatchObject({ valid: true, warnings: [] });
      }
      expect(larder.log()).not.toContain('Duplicate DTO');
      const documented = ['/v1/chat/completions', '/v1/models', '/v1/keys', '/v1/tenants', '/v1/caches/{cacheId}'];
      expect(paths).toEqual(expect.arrayContaining(documented));
    });

    it('logs one JSON object a line, and a faulty request by its id only', async () => {
      const { larder } = current();
      await larder.chat(chatBody());
      const lines = larder
        .log()
        .split('\n')
        .filter((line) => line !== '');
      for (const line of lines) expect(() => JSON.parse(line) as object).not.toThrow();
    });
  });
}

/** To run after everything else: nothing that was asked or is secret shows up where it must not. */
export function nothingLeaked(current: CurrentSuite): void {
  describe('what was asked and what is secret', () => {
    it('stands in no log line and no metric', async () => {
      const { larder } = current();
      const shown = await everythingShown(larder);
      const leaked = shown
        .split('\n')
        .filter((line) => [promptMarker, 'of the stand-in', ...larder.secrets].some((text) => line.includes(text)));
      expect(leaked.map((line) => line.slice(0, 500))).toEqual([]);
    });

    it('stands in no Redis key, and no secret in any value', async () => {
      const { larder, redisUrl } = current();
      const pairs = await everythingStored(redisUrl);
      expect(pairs.length).toBeGreaterThan(0);
      const holds = (text: string, parts: readonly string[]) => parts.some((part) => text.includes(part));
      expect(pairs.map(({ key }) => key).filter((key) => holds(key, [promptMarker, ...larder.secrets]))).toEqual([]);
      expect(pairs.map(({ key }) => key).filter((key) => !/^[\x21-\x7e]{1,300}$/.test(key))).toEqual([]);
      expect(pairs.filter(({ value }) => holds(value, larder.secrets)).map(({ key }) => key)).toEqual([]);
    });

    it('no key of Larder ever reaches upstream', () => {
      const { larder, upstream } = current();
      const secrets = larder.secrets.filter((secret) => !larder.upstreamSecrets.includes(secret));
      const leaked = upstream.calls.filter((call) => {
        const text = JSON.stringify(call.headers) + call.text;
        return secrets.some((secret) => text.includes(secret));
      });
      expect(leaked.map((call) => call.path)).toEqual([]);
    });
  });
}
