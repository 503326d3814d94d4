/** The peer of a hit: what Fastify and ioredis cost at least for a JSON body and one GET. */
import Fastify from 'fastify';
import { Redis } from 'ioredis';

const redis = new Redis(process.env['REDIS_URL']!);
const fastify = Fastify();
fastify.get('/health/ready', async () => redis.ping());
fastify.post('/v1/chat/completions', async (_request, reply) => {
  reply.type('application/json');
  return redis.get(process.env['BARE_KEY'] ?? 'bare');
});
process.once('SIGTERM', () => void fastify.close().then(() => process.exit(0)));
await fastify.listen({ host: '127.0.0.1', port: Number(process.env['LARDER_HTTP_PORT']) });
