const loopback = /^(localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i;

/** Whether a listen address can be reached from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return loopback.test(host);
}

const loopbackAuthority = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Whether a `Host` header names this machine, on whatever port. */
export function isLoopbackAuthority(authority: string): boolean {
  return loopbackAuthority.test(authority);
}

/** Whether an `Origin` header names a page of this machine; `null` (files, sandboxes) does not. */
export function isLoopbackOrigin(origin: string): boolean {
  const match = /^https?:\/\/(.+)$/i.exec(origin);
  return match?.[1] !== undefined && isLoopbackAuthority(match[1]);
}
