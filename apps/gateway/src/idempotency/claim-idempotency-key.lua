-- Claims an idempotency key, or says what became of it.
-- KEYS[1] record: hash { fingerprint, token, outcome? }
-- ARGV[1] fingerprint of the body; ARGV[2] token of this attempt; ARGV[3] lease in ms
-- Reply: { 'owned' } | { 'mismatch' } | { 'running' } | { 'finished', outcome }
local record = redis.call('HMGET', KEYS[1], 'fingerprint', 'token', 'outcome')
local fingerprint, token, outcome = record[1], record[2], record[3]
if fingerprint and fingerprint ~= ARGV[1] then
  return { 'mismatch' }
end
if outcome then
  return { 'finished', outcome }
end
if token and token ~= ARGV[2] then
  return { 'running' }
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'token', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { 'owned' }
