-- Counts one who asks a question, until enough have.
-- KEYS[1] askers
-- ARGV[1] asker, hashed; empty for nobody known
-- ARGV[2] how many are enough
-- ARGV[3] time to live in milliseconds
-- Reply: how many different ones have asked
local count = redis.call('SCARD', KEYS[1])
if ARGV[1] ~= '' and count < tonumber(ARGV[2]) then
  count = count + redis.call('SADD', KEYS[1], ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return count
