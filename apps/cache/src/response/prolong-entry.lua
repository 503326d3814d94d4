-- Renews an answer's time to live while it is still the wanted entry: a newer answer under the same key keeps its own.
-- KEYS[1] exact
-- ARGV[1] start: what the stored value of that entry begins with (its header opens with the entry id); ARGV[2] ttlMs
-- Reply: 1 renewed, 0 it is another entry's or gone
if redis.pcall('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
