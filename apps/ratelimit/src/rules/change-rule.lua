-- Sets or removes one rule, and notes the change, so that replicas re-read it.
-- Versions grow by at least one and follow the clock, so that a failover that lost the last ones cannot repeat them. Removals
-- are remembered for so long that whoever follows the changes has seen them.
-- KEYS: rules (hash: JSON text by id), changes (sorted set: id by version), removed (the same, of rules that are no more)
-- ARGV: id, json (empty: remove), most (rules that may be), rememberMs (how long removals are remembered),
--   ifVersion (change only what has this version; 0: whatever it has)
-- Reply: 1, or 0 when there was nothing to remove, or -1 when there are too many
local id = ARGV[1]
local known = redis.call('HEXISTS', KEYS[1], id) == 1
if ARGV[2] == '' then
  if not known then return 0 end
  local version = redis.call('ZSCORE', KEYS[2], id)
  if ARGV[5] ~= '0' and tonumber(version) ~= tonumber(ARGV[5]) then return 0 end
elseif not known and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return -1
end
local time = redis.call('TIME')
local version = time[1] * 1000 + math.floor(time[2] / 1000)
local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if newest[2] and tonumber(newest[2]) >= version then
  version = tonumber(newest[2]) + 1
end
local text = string.format('%.0f', version)
redis.call('ZADD', KEYS[2], text, id)
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZADD', KEYS[3], text, id)
else
  redis.call('HSET', KEYS[1], id, ARGV[2])
  redis.call('ZREM', KEYS[3], id)
end
local before = string.format('%.0f', version - tonumber(ARGV[4]))
local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', before, 'LIMIT', 0, 100)
if #old > 0 then
  redis.call('ZREM', KEYS[3], unpack(old))
  redis.call('ZREM', KEYS[2], unpack(old))
end
return 1
