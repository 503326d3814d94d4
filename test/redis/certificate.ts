import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const openssl = process.env.OPENSSL ?? 'openssl';

export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** PEM text of the certificate, which is its own authority. */
  readonly ca: string;
}

/** Whether TLS can be tested here at all. */
export function hasOpenssl(): boolean {
  try {
    execFileSync(openssl, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A certificate for 127.0.0.1 and localhost that lives for two days. */
export function makeCertificate(folder: string): Certificate {
  const certificateFile = join(folder, 'server.crt');
  const keyFile = join(folder, 'server.key');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  execFileSync(openssl, ['req', '-x509', ...key, '-out', certificateFile, '-days', '2', ...subject], {
    stdio: 'ignore',
  });
  return { certificateFile, keyFile, ca: readFileSync(certificateFile, 'utf8') };
}
