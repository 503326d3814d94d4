-- Counts the length of one answer. Old counts fade: at the bound all are halved, so that a model's new habits are learned.
-- A tenant's models are bounded in number, so that invented names cannot fill Redis.
-- KEYS[1] lengths, a hash: class of length → answers, 'answers' → all of them; KEYS[2] models, a zset by the last time (ms)
-- ARGV[1] length class; ARGV[2] model; ARGV[3] maxModels; ARGV[4] halveAt: so many answers are halved; ARGV[5] ttlMs
-- Reply: 1 counted, 0 there are too many models already
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl = tonumber(ARGV[5])
if not redis.call('ZSCORE', KEYS[2], ARGV[2]) then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ttl)
  if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then
    return 0
  end
end
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('PEXPIRE', KEYS[2], ttl)
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
if redis.call('HINCRBY', KEYS[1], 'answers', 1) >= tonumber(ARGV[4]) then
  local counts = redis.call('HGETALL', KEYS[1])
  for index = 1, #counts, 2 do
    redis.call('HSET', KEYS[1], counts[index], math.floor(counts[index + 1] / 2))
  end
end
redis.call('PEXPIRE', KEYS[1], ttl)
return 1
