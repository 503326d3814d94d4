-- What a follower asks again and again: the outcome, or the lease if its holder is gone, or to be kept waiting.
-- KEYS[1] lease; KEYS[2] result: '?' while somebody waits, '=' and the outcome when the flight is over
-- ARGV[1] token of the caller; ARGV[2] leaseMs; ARGV[3] waitMs: how long a waiting mark lasts unless renewed
-- Reply: '=' and the outcome, 'leader' or 'waiting'
local result = redis.call('GET', KEYS[2])
if result and string.sub(result, 1, 1) == '=' then
  return result
end
local holder = redis.call('GET', KEYS[1])
if not holder or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 'leader'
end
redis.call('SET', KEYS[2], '?', 'PX', ARGV[3])
return 'waiting'
