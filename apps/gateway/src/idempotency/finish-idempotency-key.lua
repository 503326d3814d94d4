-- Keeps the outcome of an idempotency key, or gives the key back; only for the attempt that holds it.
-- KEYS[1] record: hash { fingerprint, token, outcome? }
-- ARGV[1] token of this attempt; ARGV[2] outcome, '' to give the key back; ARGV[3] time to live of the outcome in ms
-- Reply: 1 when the attempt held the key, else 0
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'outcome', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
