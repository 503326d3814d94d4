import { createHmac, timingSafeEqual } from 'node:crypto';

const signatureLength = 43; // 32 bytes in base64url

/**
 * Signs what goes into a stream, bound to that stream: a frame copied to another one is refused.
 * Without a secret it changes nothing.
 */
export class FrameSeal {
  constructor(private readonly secret?: string) {}

  seal(stream: string, text: string): string {
    return this.secret ? this.signature(this.secret, stream, text) + text : text;
  }

  /** The text; undefined when the signature is absent or wrong. */
  open(stream: string, sealed: string): string | undefined {
    if (!this.secret) return sealed;
    const text = sealed.slice(signatureLength);
    const given = Buffer.from(sealed.slice(0, signatureLength));
    const right = Buffer.from(this.signature(this.secret, stream, text));
    return given.length === right.length && timingSafeEqual(given, right) ? text : undefined;
  }

  private signature(secret: string, stream: string, text: string): string {
    return createHmac('sha256', secret).update(`${stream}\n`).update(text).digest('base64url');
  }
}
