-- Counts a new entry in, and names those that must go to keep the bound: of the least used, never the new one itself.
-- KEYS[1] uses: entry ids by their worth (see touch-entries.lua)
-- KEYS[2] ends: entry ids by the end of their life
-- ARGV[1] entry id
-- ARGV[2] end of its life, epoch milliseconds
-- ARGV[3] how many entries the cache may have
-- ARGV[4] how many may be named at once
-- Reply: ids of the entries to evict; they are no longer counted
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ended = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, 200)
if #ended > 0 then
  redis.call('ZREM', KEYS[1], unpack(ended))
  redis.call('ZREM', KEYS[2], unpack(ended))
end
-- Above the least of those that are there, however much they were used: else a full LFU cache would never learn anything new.
local least = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local worth = math.max(now, (tonumber(least[2]) or 0) + 1)
redis.call('ZADD', KEYS[1], string.format('%.3f', worth), ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
local over = math.min(redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3]), tonumber(ARGV[4]))
local evicted = {}
if over > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, over)) do
    if id ~= ARGV[1] and #evicted < over then
      evicted[#evicted + 1] = id
    end
  end
end
if #evicted > 0 then
  redis.call('ZREM', KEYS[1], unpack(evicted))
  redis.call('ZREM', KEYS[2], unpack(evicted))
end
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
for _, key in ipairs(KEYS) do
  redis.call('PEXPIREAT', key, string.format('%.0f', last[2]))
end
return evicted
