-- Forgets consumers of a group that nobody has heard of for long and that owe nothing: deleting one discards what it has pending.
-- KEYS[1] stream
-- ARGV[1] group
-- ARGV[2] idle time from which a consumer counts as gone, in milliseconds
-- ARGV[3] a consumer to forget at once, when it owes nothing (empty: none)
-- Reply: how many were deleted
local deleted = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local info = {}
  for i = 1, #consumer, 2 do info[consumer[i]] = consumer[i + 1] end
  local gone = info['idle'] >= tonumber(ARGV[2]) or info['name'] == ARGV[3]
  if gone and info['pending'] == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], info['name'])
    deleted = deleted + 1
  end
end
return deleted
