/** `cache.lookUp` is answered by the service `cache`; a pattern without a dot names the service itself. */
export function serviceOf(topic: string): string {
  const dot = topic.indexOf('.');
  return dot < 0 ? topic : topic.slice(0, dot);
}

/** `events.keyRevoked` is the event `keyRevoked`. */
export function eventOf(topic: string): string {
  return topic.startsWith('events.') ? topic.slice('events.'.length) : topic;
}
