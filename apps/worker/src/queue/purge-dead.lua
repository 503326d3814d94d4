-- Removes dead letters for good.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] tenant. Then for each: its id
-- Reply: how many there were
local tenant, count = ARGV[5], 0
for i = 6, #ARGV do
  local id = ARGV[i]
  if redis.call('ZREM', DEAD, tenant .. ':' .. id) == 1 then
    count = count + 1
    redis.call('ZREM', EXPIRY, 'd' .. tenant .. ':' .. id)
    redis.call('ZREM', LISTED, tenant .. ':' .. id)
    redis.call('HDEL', JOBS, id, 's' .. id, 'p' .. id)
  end
end
return count
