-- Notes that a session may soon have something for the archive.
-- KEYS[1] pending
-- ARGV[1] the session as '<tenant>:<id>'
-- Reply: milliseconds since 1970
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
return now
