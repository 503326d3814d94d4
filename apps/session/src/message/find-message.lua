-- One message by its id, with its marks and earlier versions.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] marks; KEYS[4] ids
-- ARGV[1] asker; ARGV[2] message id
-- Reply: 'absent' session, 'unknown' message, or { seq, element, mark or nothing, earlier versions, oldest first }
local state = redis.call('HMGET', KEYS[1], 'user', 'seq')
if not state[2] or not admits(ARGV[1], state[1]) then
  return 'absent'
end
local seq = (redis.call('HGET', KEYS[4], ARGV[2]) or ''):match('^%d+')
if not seq then
  return 'unknown'
end
local element, earlier = redis.call('LINDEX', KEYS[2], seq - 1), {}
local version = tonumber(element:match('^%d+|(%d+)|'))
for number = math.max(1, version - 20), version - 1 do
  local kept = redis.call('HGET', KEYS[3], 'v' .. seq .. '.' .. number)
  if kept then earlier[#earlier + 1] = kept end
end
return { tonumber(seq), element, redis.call('HGET', KEYS[3], 'm' .. seq), earlier }
