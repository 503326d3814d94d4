import { IsString } from 'class-validator';
import { defineRpc, replies } from '../../libs/contracts/index.js';

export class EchoRequest {
  @IsString()
  text: string;
}

export const echo = defineRpc({
  service: 'echo',
  name: 'echo',
  request: EchoRequest,
  reply: replies<EchoRequest>(),
  deadlineMs: 20_000,
});

/** What the peer calls it by. */
export const plainPattern = 'plain-echo';

/** 200 bytes of JSON. */
export const payload: EchoRequest = { text: 'x'.repeat(200 - JSON.stringify({ text: '' }).length) };
