-- Replaces one endpoint of a tenant, unless somebody else has changed it meanwhile.
-- KEYS[1] endpoints
-- ARGV[1] id; ARGV[2] what it was, empty for one that is new; ARGV[3] what it is to be, empty to remove it; ARGV[4] how many
-- a tenant may have
-- Reply: 'done', 'changed' or 'full'
local current = redis.call('HGET', KEYS[1], ARGV[1])
if (current or '') ~= ARGV[2] then
  return 'changed'
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return 'done'
end
if not current and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  return 'full'
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'done'
