-- Reads a cache's generation, making or raising it where needed; with advance = 1 starts a new one (a flush).
-- A lost or unreadable generation becomes the present time, so that answers of the lost one never come back;
-- one below the floor (a failover lost the last flush) is raised to the floor.
-- KEYS[1] generation
-- ARGV[1] floor: the highest generation known to the caller, 0 if none; ARGV[2] advance: 1 or 0
-- Reply: the generation, a decimal integer as a string
local floor = tonumber(ARGV[1]) or 0
local held = redis.pcall('GET', KEYS[1])
local old = type(held) == 'string' and #held < 16 and string.match(held, '^%d+$') and tonumber(held) or nil
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local generation
if ARGV[2] == '1' then
  generation = math.max(now, (old or 0) + 1, floor + 1)
elseif old then
  generation = math.max(old, floor)
else
  generation = math.max(now, floor)
end

if generation ~= old then
  -- No expiry: a generation that vanished would have to be replaced, which empties the cache.
  redis.call('SET', KEYS[1], string.format('%.0f', generation))
end
return string.format('%.0f', generation)
