-- Notes under a user that an idempotency key is theirs, and drops those that are forgotten by now.
-- KEYS[1] index: sorted set of hashes of keys by the time at which they are forgotten, in ms
-- ARGV[1] hash of the key; ARGV[2] ms until it is forgotten
-- Reply: 1
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
