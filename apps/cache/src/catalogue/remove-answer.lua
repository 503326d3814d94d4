-- Deletes an answer only while it is still the wanted entry: a newer answer under the same key stays.
-- KEYS[1] exact
-- ARGV[1] start: what the stored value of that entry begins with (its header opens with the entry id)
-- Reply: the header of what was deleted; nothing when it is another entry's or gone
local stored = redis.pcall('GETRANGE', KEYS[1], 0, 8191)
if type(stored) ~= 'string' or string.sub(stored, 1, #ARGV[1]) ~= ARGV[1] then
  return false
end
redis.call('DEL', KEYS[1])
return string.match(stored, '^[^\n]*')
