-- Raises the worth of entries that were served. Worth is a time in milliseconds, so that a cache can change its order of
-- eviction: for LRU that of the last use; for LFU the logarithm of a count that halves with every half-life (forward decay,
-- Cormode et al., 2009), in which n uses at one moment t are worth t + half-life * log2(n). So what was popular ages.
-- KEYS[1] uses: entry ids by their worth
-- ARGV[1] touches: `<entry id>=<count>`, parted by commas
-- ARGV[2] half-life in milliseconds; 0 for LRU
-- Reply: how many of them are still counted
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local halfLife = tonumber(ARGV[2])
local function log2(number)
  return math.log(number) / math.log(2)
end
local touched = 0
for id, count in string.gmatch(ARGV[1], '(%x+)=(%d+)') do
  local worth = tonumber(redis.call('ZSCORE', KEYS[1], id) or nil)
  if worth then
    local more = halfLife > 0 and now + halfLife * log2(tonumber(count)) or now
    local sum = math.max(worth, more)
    if halfLife > 0 then
      sum = sum + halfLife * log2(1 + 2 ^ (-math.abs(worth - more) / halfLife))
    end
    redis.call('ZADD', KEYS[1], string.format('%.3f', sum), id)
    touched = touched + 1
  end
end
return touched
