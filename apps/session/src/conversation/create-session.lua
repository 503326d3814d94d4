-- Creates a session unless there is one of this id.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries; KEYS[6] turn
-- ARGV[1] user, '' for nobody's; ARGV[2] ttlMs; ARGV[3] metadata as JSON
-- Reply: { created at, expires at } in milliseconds as text, or nothing when the id is taken
if redis.call('EXISTS', KEYS[1]) == 1 then
  return false
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
local now = nowMs()
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'born', now, 'ttl', ARGV[2], 'metadata', ARGV[3], 'seq', 0, 'edition', 0)
return { now, prolong(now, ARGV[2], KEYS[1]) }
