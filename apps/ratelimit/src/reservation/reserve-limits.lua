-- Takes from all limits of a tenant and records it in the same step. When they deny, the charges of a receipt are given back
-- instead, once an id.
-- KEYS[1] reservation, a hash: state held | settled | cancelled | expired, deadline (ms), record, numbers, keep, refunded
-- KEYS[2] outstanding, a zset: ids by deadline; then the KEYS of changeLimits for the receipt, if any; then those of takeLimits
-- ARGV[1] id; ARGV[2] ttlMs; ARGV[3] graceMs: for how long after the deadline the record waits for a sweeper; ARGV[4] record;
-- ARGV[5] keep: 1 when what was reserved stays taken at the deadline; ARGV[6] refundedMs: how long a refund is remembered;
-- ARGV[7] refunds: 1 when there is a receipt; ARGV[8] where KEYS of takeLimits begin; ARGV[9], ARGV[10] its texts, of one
-- question; then the ARGV of changeLimits
-- Reply: numbers of takeLimits, or the one number -2: the id has reserved before
if redis.call('HEXISTS', KEYS[1], 'state') == 1 then
  return { -2 }
end
local taken = takeLimits(tonumber(ARGV[8]), ARGV[9], ARGV[10])
if taken[2] == 0 and ARGV[7] == '1' and redis.call('HSETNX', KEYS[1], 'refunded', 1) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
  changeLimits(3, 11)
end
if taken[2] == 1 then
  local deadline = math.floor(taken[1] / 1000) + tonumber(ARGV[2])
  local life = tonumber(ARGV[2]) + tonumber(ARGV[3])
  local record = { 'state', 'held', 'deadline', string.format('%.0f', deadline), 'record', ARGV[4], 'keep', ARGV[5] }
  redis.call('HSET', KEYS[1], 'numbers', numbersText(taken), unpack(record))
  redis.call('PEXPIRE', KEYS[1], life)
  redis.call('ZADD', KEYS[2], string.format('%.0f', deadline), ARGV[1])
  if redis.call('PTTL', KEYS[2]) < life then
    redis.call('PEXPIRE', KEYS[2], life)
  end
end
return taken
