-- Puts an entry into one list, and drops from that list some whose life has ended: more than one may end for each that comes.
-- KEYS[1] list: entry ids by the end of their life
-- ARGV[1] entry id
-- ARGV[2] end of its life, epoch milliseconds
-- Reply: how many were dropped
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 200)
if #ended > 0 then
  redis.call('ZREM', KEYS[1], unpack(ended))
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return #ended
