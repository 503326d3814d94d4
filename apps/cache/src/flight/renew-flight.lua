-- Prolongs the lease of a flight if the caller still holds it.
-- KEYS[1] lease
-- ARGV[1] token of the caller; ARGV[2] leaseMs
-- Reply: 1 held, 0 the lease ran out or another leads
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
