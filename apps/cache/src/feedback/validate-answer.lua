-- Marks an answer as confirmed, in its header, so that a hit learns of it with the answer itself.
-- KEYS[1] exact
-- ARGV[1] start: what the stored value of that entry begins with (its header opens with the entry id)
-- Reply: 1 confirmed, 0 it is another entry's or gone
local mark = '"validated":true,'
local stored = redis.pcall('GET', KEYS[1])
if type(stored) ~= 'string' or string.sub(stored, 1, #ARGV[1]) ~= ARGV[1] then
  return 0
end
local rest = string.sub(stored, #ARGV[1] + 1)
if string.sub(rest, 1, #mark) ~= mark then
  redis.call('SET', KEYS[1], ARGV[1] .. mark .. rest, 'KEEPTTL')
end
return 1
