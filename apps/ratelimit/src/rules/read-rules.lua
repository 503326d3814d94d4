-- Rules that changed since a version, the oldest change first.
-- KEYS: rules (hash: JSON text by id), changes (sorted set: id by version)
-- ARGV: from (the version, itself included), most (how many at once)
-- Reply: id, version, JSON text (nil: removed) of each
local changes = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local reply = {}
for at = 1, #changes, 2 do
  reply[#reply + 1] = changes[at]
  reply[#reply + 1] = changes[at + 1]
  reply[#reply + 1] = redis.call('HGET', KEYS[1], changes[at])
end
return reply
