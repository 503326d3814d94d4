-- Marks a member as present for a time, and forgets those whose time is over.
-- KEYS[1] presence; KEYS[2] members
-- ARGV[1] member; ARGV[2] what it says of itself; ARGV[3] time, in milliseconds; ARGV[4] how many a channel may have
-- Reply: 1, or 0 when the channel is full
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1000)
if #gone > 0 then
  redis.call('ZREM', KEYS[1], unpack(gone))
  redis.call('HDEL', KEYS[2], unpack(gone))
end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then
  return 0
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local lasts = math.max(tonumber(ARGV[3]), redis.call('PTTL', KEYS[1]))
redis.call('PEXPIRE', KEYS[1], lasts)
redis.call('PEXPIRE', KEYS[2], lasts)
return 1
