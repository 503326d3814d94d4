-- Copies a piece of a history into a session that is not there yet. It goes again by itself unless the last piece comes.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] outbox
-- ARGV[1] JSON of { element, id, mark } each; ARGV[2] user; ARGV[3] '1' when there is an archive; ARGV[4] keepMs;
-- ARGV[5] '' until the last piece, then JSON of { ttlMs, metadata, open calls, system seqs, how many are deleted }
-- Reply: { created at, expires at } after the last piece, else { 'more' }
local now = nowMs(redis.call('HGET', KEYS[1], 'updated'))
redis.call('HSETNX', KEYS[1], 'born', now)
redis.call('HSET', KEYS[1], 'user', ARGV[2])
local born = redis.call('HGET', KEYS[1], 'born')
for _, message in ipairs(cjson.decode(ARGV[1])) do
  local seq = redis.call('RPUSH', KEYS[2], message[1])
  local json = message[1]:match('^%d+|%d+|%d*|(.*)$')
  if message[2] ~= '' then redis.call('HSET', KEYS[3], message[2], seq .. ':') end
  if message[3] ~= '' then redis.call('HSET', KEYS[4], 'm' .. seq, message[3]) end
  if ARGV[3] == '1' and json ~= '' then tell(KEYS[5], KEYS[1], born, ARGV[2], 'message', seq, now, json) end
end
if ARGV[5] == '' then
  prolong(now, ARGV[4], KEYS[1], KEYS[2], KEYS[3], KEYS[4])
  return { 'more' }
end
local last = cjson.decode(ARGV[5])
redis.call('HSET', KEYS[1], 'seq', redis.call('LLEN', KEYS[2]), 'edition', 0, 'ttl', last[1], 'metadata', last[2])
redis.call('HSET', KEYS[1], 'open', last[3], 'system', last[4], 'deleted', last[5])
return { born, prolong(now, last[1], KEYS[1], KEYS[2], KEYS[3], KEYS[4]) }
