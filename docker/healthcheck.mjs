/** Exit code 0 when this container's app is ready to serve. */
const url = `http://127.0.0.1:${process.env.LARDER_HTTP_PORT}/health/ready`;
const response = await fetch(url, { signal: AbortSignal.timeout(2_500) }).catch(() => undefined);
process.exit(response?.ok ? 0 : 1);
