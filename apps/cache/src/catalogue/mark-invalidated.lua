-- Remembers that something was invalidated now. Beyond the bound the oldest marks are forgotten, and a floor takes their place:
-- whatever began before it counts as invalidated, because it might have been. Marks of single entries need none: they only
-- confirm a deletion.
-- KEYS[1] invalidated: marks by time
-- ARGV[1] mark
-- ARGV[2] how many are kept
-- ARGV[3] time to live, milliseconds
-- Reply: the time of the mark, epoch milliseconds; never before that of another
local time = redis.call('TIME')
local latest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local at = math.max(time[1] * 1000 + math.floor(time[2] / 1000), tonumber(latest[2]) or 0)
redis.call('ZADD', KEYS[1], string.format('%.0f', at), ARGV[1])
local over = math.min(redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2]), 100)
if over > 0 then
  -- One more than must go, since the floor itself is among the oldest.
  local oldest = redis.call('ZRANGE', KEYS[1], 0, over, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if oldest[i] ~= 'floor' then
      redis.call('ZREM', KEYS[1], oldest[i])
      if string.sub(oldest[i], 1, 6) ~= 'entry:' then
        redis.call('ZADD', KEYS[1], 'GT', oldest[i + 1], 'floor')
      end
    end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return string.format('%.0f', at)
