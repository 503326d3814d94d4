-- Forbids, or allows again, that one entry answers one prompt, and keeps the floor of the entry: nothing as near as what was
-- forbidden may be answered by it. Beyond the bound the pair goes that is the farthest off: the floor covers it.
-- KEYS[1] quarantine: `p:<prompt>` = `<embedder>=<similarity>`, `f:<embedder>` = highest similarity of a forbidden pair
-- ARGV[1] prompt, hashed
-- ARGV[2] 1 to forbid, 0 to allow again
-- ARGV[3] embedder; empty when the similarity is not known
-- ARGV[4] similarity
-- ARGV[5] how many pairs are kept
-- ARGV[6] time to live in milliseconds, never shortened
-- Reply: how many pairs there are
local pair = 'p:' .. ARGV[1]
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], pair)
else
  -- What is known of a pair is not forgotten because the embedder was away the second time.
  redis.call(ARGV[3] == '' and 'HSETNX' or 'HSET', KEYS[1], pair, ARGV[3] .. '=' .. ARGV[4])
end
local all = redis.call('HGETALL', KEYS[1])
local count, floors, farthest, leastOf = 0, {}, nil, math.huge
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 2) == 'p:' then
    count = count + 1
    local embedder, similarity = string.match(all[i + 1], '^(.*)=(.*)$')
    similarity = tonumber(similarity)
    if similarity then
      floors[embedder] = math.max(floors[embedder] or 0, similarity)
    end
    if all[i] ~= pair and (similarity or 1) < leastOf then
      farthest, leastOf = all[i], similarity or 1
    end
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
if count > tonumber(ARGV[5]) and farthest then
  redis.call('HDEL', KEYS[1], farthest)
  count = count - 1
end
for embedder, floor in pairs(floors) do
  redis.call('HSET', KEYS[1], 'f:' .. embedder, string.format('%.6f', floor))
end
if count > 0 and redis.call('PTTL', KEYS[1]) < tonumber(ARGV[6]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
end
return count
