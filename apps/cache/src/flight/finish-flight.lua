-- Ends a flight: frees the lease and, where somebody waits, leaves the outcome. Without one, followers elect another leader.
-- KEYS[1] lease; KEYS[2] result: '?' while somebody waits, '=' and the outcome when the flight is over
-- ARGV[1] token of the caller; ARGV[2] result: '=' and the outcome, or empty; ARGV[3] keepMs
-- Reply: 1 done, 0 refused: the lease ran out or another leads
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
end
return 1
