-- Renews the lease of an attempt that holds its key; a key that was taken from it stays taken.
-- KEYS[1] record: hash { fingerprint, token, outcome? }
-- ARGV[1] token of this attempt; ARGV[2] lease in ms
-- Reply: 1 when the attempt held the key, else 0
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
