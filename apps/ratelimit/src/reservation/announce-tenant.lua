-- Notes that a tenant is about to reserve, so that sweepers look at it.
-- KEYS[1] tenants, a zset by the last time (ms)
-- ARGV[1] tenant; ARGV[2] ttlMs: longer than any reservation
-- Reply: 1
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], 'GT', time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
