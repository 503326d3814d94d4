import { randomFillSync } from 'node:crypto';

const idBytes = 16;
const pool = Buffer.alloc(idBytes * 256);
let next = pool.length;

/** 128 random bits in hexadecimal. Drawn in blocks: asking the system for each would cost more than the rest of a frame. */
export function randomId(): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  return pool.toString('hex', next, (next += idBytes));
}
