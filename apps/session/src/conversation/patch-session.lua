-- Replaces a session's metadata, if they still are what the caller merged into, and its time to live.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries
-- ARGV[1] asker; ARGV[2] metadata as they were; ARGV[3] metadata as they are to be; ARGV[4] ttlMs, '' to keep it
-- Reply: 'patched', 'changed' when somebody else changed the metadata, or 'absent'
local state = redis.call('HMGET', KEYS[1], 'user', 'ttl', 'updated', 'metadata')
if not state[2] or not admits(ARGV[1], state[1]) then
  return 'absent'
end
if state[4] ~= ARGV[2] then
  return 'changed'
end
local ttl = ARGV[4] == '' and state[2] or ARGV[4]
redis.call('HSET', KEYS[1], 'metadata', ARGV[3], 'ttl', ttl)
prolong(nowMs(state[3]), ttl, KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return 'patched'
