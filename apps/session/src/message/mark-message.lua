-- Replaces what is noted beside a message (reactions, metadata), if it still is what the caller merged into.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries
-- ARGV[1] asker; ARGV[2] message id; ARGV[3] the notes as they were, '' for none; ARGV[4] as they are to be;
-- ARGV[5] version that the message must have, '' for any
-- Reply: { 'marked', expires at, user }, { 'changed' }, { 'unknown' } message, or { 'absent' } session
local state = redis.call('HMGET', KEYS[1], 'user', 'seq', 'ttl', 'updated')
if not state[2] or not admits(ARGV[1], state[1]) then
  return { 'absent' }
end
local seq = (redis.call('HGET', KEYS[3], ARGV[2]) or ''):match('^%d+')
if not seq then
  return { 'unknown' }
end
local version, json = redis.call('LINDEX', KEYS[2], seq - 1):match('^%d+|(%d+)|%d*|(.*)$')
if json == '' then
  return { 'unknown' }
end
if (ARGV[5] ~= '' and version ~= ARGV[5]) or (redis.call('HGET', KEYS[4], 'm' .. seq) or '') ~= ARGV[3] then
  return { 'changed' }
end
redis.call('HSET', KEYS[4], 'm' .. seq, ARGV[4])
local expires = prolong(nowMs(state[4]), state[3], KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { 'marked', expires, state[1] }
