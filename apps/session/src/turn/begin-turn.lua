-- Takes a session's turn, unless another has it.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries; KEYS[6] turn
-- ARGV[1] asker; ARGV[2] turn; ARGV[3] leaseMs
-- Reply: { 'begun', user, expires at, last seq }, { 'busy' }, or { 'absent' } session
local state = redis.call('HMGET', KEYS[1], 'user', 'seq', 'ttl', 'updated')
if not state[2] or not admits(ARGV[1], state[1]) then
  return { 'absent' }
end
local holder = redis.call('GET', KEYS[6])
if holder and holder ~= ARGV[2] then
  return { 'busy' }
end
redis.call('SET', KEYS[6], ARGV[2], 'PX', ARGV[3])
-- It does not expire under the model's hands.
local ttl = math.max(tonumber(state[3]), tonumber(ARGV[3]))
local expires = prolong(nowMs(state[4]), ttl, KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { 'begun', state[1], expires, tonumber(state[2]) }
