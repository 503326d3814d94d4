-- Writes a document's hash whole: nobody sees half of it.
-- KEYS[1] document
-- ARGV[1] outdated: the field that goes before, `*` for all of them, empty for none; ARGV[2] ttlMs: 0 leaves it as it is
-- ARGV[3…] names and values of its fields by turns
-- Reply: how many fields are new
if ARGV[1] == '*' then
  redis.call('DEL', KEYS[1])
elseif ARGV[1] ~= '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
local added = redis.call('HSET', KEYS[1], unpack(ARGV, 3))
if ARGV[2] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return added
