-- Forgets a tenant without outstanding reservations, unless it was announced meanwhile, or so lately that whoever announced it may
-- not have reserved yet.
-- KEYS[1] tenants, a zset by the last time (ms)
-- ARGV[1] tenant; ARGV[2] seenAt: its score when nothing was outstanding; ARGV[3] quietMs
-- Reply: 1 forgotten, 0 kept
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local announcedAt = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or nil)
if announcedAt ~= tonumber(ARGV[2]) or now - announcedAt < tonumber(ARGV[3]) then
  return 0
end
return redis.call('ZREM', KEYS[1], ARGV[1])
