import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { NetworkPolicy } from './network-policy.js';
import { WebhookSender, type Resolver } from './webhook-sender.js';

interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const older = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
const signal = () => AbortSignal.timeout(10_000);

let server: Server;
let port: number;
let received: Received[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const senders: WebhookSender[] = [];

function sender(opened: readonly string[], resolver?: Resolver): WebhookSender {
  const made = new WebhookSender(new NetworkPolicy(opened), resolver);
  senders.push(made);
  return made;
}

const message = (url: string, secrets = [secret]) => ({ url, id: 'msg_1', body: '{"type":"job.succeeded"}', secrets });

beforeEach(async () => {
  received = [];
  answer = (_, response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      received.push({ path: request.url!, headers: request.headers as Record<string, string>, body });
      answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await Promise.all(senders.splice(0).map((each) => each.close()));
  server.closeAllConnections();
  server.close();
});

describe('a webhook', () => {
  it('is verified by the official package, with either secret while one replaces the other', async () => {
    const outcome = await sender(['127.0.0.0/8']).send(
      message(`http://127.0.0.1:${port}/hook?a=1`, [secret, older]),
      signal(),
    );
    expect(outcome).toEqual({ kind: 'answered', status: 204 });
    const [{ path, headers, body }] = received as [Received];
    expect(path).toBe('/hook?a=1');
    for (const each of [secret, older])
      expect(new Webhook(each).verify(body, headers)).toEqual({ type: 'job.succeeded' });
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  });

  it('tells when the receiver wants to be asked again', async () => {
    answer = (_, response) => response.writeHead(429, { 'retry-after': '7' }).end();
    const outcome = await sender(['127.0.0.0/8']).send(message(`http://127.0.0.1:${port}/`), signal());
    expect(outcome).toEqual({ kind: 'answered', status: 429, retryAfterMs: 7_000 });
  });

  it('follows a redirect that keeps the message, and no other', async () => {
    answer = ({ url }, response) =>
      url === '/old'
        ? response.writeHead(308, { location: '/new' }).end()
        : response.writeHead(200).end('x'.repeat(10));
    expect(await sender(['127.0.0.0/8']).send(message(`http://127.0.0.1:${port}/old`), signal())).toMatchObject({
      status: 200,
    });
    expect(received.map(({ path }) => path)).toEqual(['/old', '/new']);
    answer = (_, response) => response.writeHead(302, { location: '/new' }).end();
    expect(await sender(['127.0.0.0/8']).send(message(`http://127.0.0.1:${port}/old`), signal())).toMatchObject({
      status: 302,
    });
  });
});

describe('a webhook never reaches', () => {
  const all =
    (address: string): Resolver =>
    (_, __, done) =>
      done(null, [{ address, family: 4 }]);

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', '0'])(
    'a private address: %s',
    async (host) => {
      const outcome = await sender([]).send(message(`http://${host}:${port}/`), signal());
      expect(outcome).toMatchObject({ kind: 'refused' });
      expect(received).toEqual([]);
    },
  );

  it('a private address by its name', async () => {
    const outcome = await sender([], all('127.0.0.1')).send(message(`http://hooks.example:${port}/`), signal());
    expect(outcome).toMatchObject({ kind: 'refused' });
  });

  it('one of several addresses of a name that is private', async () => {
    const mixed: Resolver = (_, __, done) =>
      done(null, [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect(await sender([], mixed).send(message(`http://hooks.example:${port}/`), signal())).toMatchObject({
      kind: 'refused',
    });
  });

  it('a private address behind a name whose answer changes', async () => {
    // Public when it was registered, opened here; private when the connection is made.
    let asked = 0;
    const changing: Resolver = (_, __, done) =>
      done(null, [{ address: (asked += 1) === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
    const one = sender(['127.0.0.0/8'], changing);
    answer = (_, response) => response.writeHead(200, { connection: 'close' }).end();
    expect(await one.send(message(`http://hooks.example:${port}/`), signal())).toMatchObject({ status: 200 });
    expect(await one.send(message(`http://hooks.example:${port}/`), signal())).toMatchObject({ kind: 'refused' });
  });

  it('a private address by a redirect, nor another protocol', async () => {
    const hooks: Resolver = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    for (const location of [
      'http://10.0.0.1/',
      'http://[fd00::1]/',
      'file:///etc/passwd',
      'http://user:pass@127.0.0.1/',
    ]) {
      answer = (_, response) => response.writeHead(307, { location }).end();
      expect(
        await sender(['127.0.0.0/8'], hooks).send(message(`http://hooks.example:${port}/`), signal()),
      ).toMatchObject({ kind: 'refused' });
    }
  });

  it('anybody when its time is over', async () => {
    answer = () => undefined;
    const late = sender(['127.0.0.0/8']).send(message(`http://127.0.0.1:${port}/`), AbortSignal.timeout(50));
    await expect(late).rejects.toThrow();
  });
});
