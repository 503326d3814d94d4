-- Gives dead letters another life: attempts are counted anew.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] tenant. Then for each: id, priority, state
-- Reply: how many there were
local tenant, count = ARGV[5], 0
for i = 6, #ARGV, 3 do
  local id = ARGV[i]
  if redis.call('ZREM', DEAD, tenant .. ':' .. id) == 1 then
    count = count + 1
    redis.call('ZREM', EXPIRY, 'd' .. tenant .. ':' .. id)
    redis.call('HSET', JOBS, 's' .. id, ARGV[i + 2])
    enqueue(tenant, { { id = id, priority = tonumber(ARGV[i + 1]) } })
  end
end
promote(window)
return count
