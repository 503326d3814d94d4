-- Holds jobs back, or lets them go on.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] tenant, '*' for all; ARGV[6] '1' to pause
-- Reply: nothing
if ARGV[6] == '1' then
  redis.call('HSET', PAUSED, ARGV[5], '1')
  return
end
redis.call('HDEL', PAUSED, ARGV[5])
somePaused = redis.call('HLEN', PAUSED) > 0
allPaused = redis.call('HEXISTS', PAUSED, '*') == 1
for _, tenant in ipairs(redis.call('HKEYS', DEPTH)) do
  offer(tenant)
end
promote(window)
