-- Ends a reservation, once: changes its charges to what they shall be, and leaves a mark of how it ended.
-- KEYS[1] reservation, a hash: see reserve-limits.lua; KEYS[2] outstanding, a zset: ids by deadline; then the KEYS of changeLimits
-- ARGV[1] id; ARGV[2] end: settled | cancelled | expired; ARGV[3] markMs: how long the mark lasts; then the ARGV of changeLimits
-- Reply: numbers of changeLimits; or the one number 0 (it has ended, or never was), -1 (its deadline has passed) or -2 (not yet)
if redis.call('HGET', KEYS[1], 'state') ~= 'held' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return { 0 }
end
local isDue = tonumber(redis.call('HGET', KEYS[1], 'deadline')) <= now / 1000
if isDue ~= (ARGV[2] == 'expired') then
  return { isDue and -1 or -2 }
end
local changed = #KEYS > 2 and changeLimits(3, 4) or { now }
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[1])
return changed
