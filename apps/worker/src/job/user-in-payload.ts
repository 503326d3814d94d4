import { areChatOptions } from '#contracts';

/** Whom a payload names as the one who asks: by `options`, by OpenAI's `user`, or by `userId`. */
export function userInPayload(payload: object): string | undefined {
  const { options, body, userId } = payload as {
    options?: unknown;
    body?: { user?: unknown } | null;
    userId?: unknown;
  };
  const named = (areChatOptions(options) ? options['x-larder-user'] : undefined) ?? body?.user ?? userId;
  return typeof named === 'string' && named !== '' ? named : undefined;
}
