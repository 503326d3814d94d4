-- Notes that an API key was created or changed, so that replicas re-read it.
-- Versions grow by at least one and follow the clock, so that a failover that lost the last ones cannot repeat them.
-- KEYS: index (sorted set: key id by version)
-- ARGV: keyId
-- Reply: the version, milliseconds since 1970 or more
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local version = now
if newest[2] and tonumber(newest[2]) >= now then
  version = tonumber(newest[2]) + 1
end
redis.call('ZADD', KEYS[1], string.format('%.0f', version), ARGV[1])
return string.format('%.0f', version)
