-- Remembers that a prompt was stored with some attributes, and forgets those whose life has ended or that are too many.
-- KEYS[1] variants: exact keys by the end of their life
-- ARGV[1] exact key
-- ARGV[2] end of its life, epoch milliseconds
-- ARGV[3] how many are kept at most: those that live longest
-- Reply: how many there are
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local most = tonumber(ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -most - 1)
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return redis.call('ZCARD', KEYS[1])
