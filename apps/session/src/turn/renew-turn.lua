-- Keeps a session's turn, and the session with it, or lets the turn go, if the caller still has it.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries; KEYS[6] turn
-- ARGV[1] turn; ARGV[2] leaseMs, 0 to let it go
-- Reply: 1, or 0 when it is another's or nobody's
if redis.call('GET', KEYS[6]) ~= ARGV[1] then
  return 0
end
if tonumber(ARGV[2]) == 0 then
  return redis.call('DEL', KEYS[6])
end
redis.call('PEXPIRE', KEYS[6], ARGV[2])
local state = redis.call('HMGET', KEYS[1], 'ttl', 'updated', 'seq')
if state[3] then
  local ttl = math.max(tonumber(state[1]), tonumber(ARGV[2]))
  prolong(nowMs(state[2]), ttl, KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
end
return 1
