-- Forgets that a session may have something for the archive, unless that was said anew.
-- KEYS[1] pending
-- ARGV[1] the session; ARGV[2] when it was said
-- Reply: 1 or 0
local said = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not said or tonumber(said) ~= tonumber(ARGV[2]) then
  return 0
end
return redis.call('ZREM', KEYS[1], ARGV[1])
