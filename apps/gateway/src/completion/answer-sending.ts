import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { eventStreamHeaders } from '#service';
import type { Answer } from './outcome.js';

const jsonType = 'application/json; charset=utf-8';

/** Writes an answer to the client; a stream is read no faster than the client takes it. */
export async function sendAnswer(reply: FastifyReply, answer: Answer): Promise<void> {
  reply.code(answer.status).headers(answer.headers);
  if (answer.isEventStream) reply.headers(eventStreamHeaders);
  else reply.header('content-type', jsonType);
  const { body } = answer;
  await reply.send(typeof body === 'string' ? body : Readable.from(body, { objectMode: false }));
}
