import { describe, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders } from 'node:http';
import type { ServiceError } from '#contracts';
import { assertLocalRequest } from './open-mode.js';

function refusalOf(headers: IncomingHttpHeaders): string | undefined {
  try {
    assertLocalRequest(headers);
    return undefined;
  } catch (error) {
    return (error as ServiceError).code;
  }
}

const host = 'localhost';

describe('an open suite', () => {
  it.each(['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]', '[::1]:65535', 'LOCALHOST:80'])(
    'answers the host %s',
    (name) => {
      expect(refusalOf({ host: name })).toBeUndefined();
    },
  );

  it.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example:8080',
    '[::1]:80.evil',
    'evil@localhost',
    '10.0.0.1',
    '0.0.0.0',
    '',
    undefined,
  ])('refuses the host "%s"', (name) => {
    expect(refusalOf({ host: name })).toBe('forbidden');
  });

  it.each([
    'https://evil.example',
    'null',
    '',
    'http://localhost.evil.example',
    'http://localhost@evil.example',
    'file://localhost',
  ])('refuses the origin "%s"', (origin) => {
    expect(refusalOf({ host, origin })).toBe('forbidden');
  });

  it.each(['http://localhost:3000', 'https://127.0.0.1', 'http://[::1]:8080'])('answers the origin %s', (origin) => {
    expect(refusalOf({ host, origin })).toBeUndefined();
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix'])(
    'refuses the header %s of a proxy',
    (name) => {
      expect(refusalOf({ host, [name]: '' })).toBe('forbidden');
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/plain; application/json',
    undefined,
  ])('refuses a body of type %s', (type) => {
    expect(refusalOf({ host, 'content-length': '2', 'content-type': type })).toBe('unsupported_media_type');
    expect(refusalOf({ host, 'transfer-encoding': 'chunked', 'content-type': type })).toBe('unsupported_media_type');
    expect(refusalOf({ host, 'content-length': '0', 'content-type': type })).toBeUndefined();
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])('takes %s', (type) => {
    expect(refusalOf({ host, 'content-length': '2', 'content-type': type })).toBeUndefined();
  });
});
