-- Puts a session at the head of its user's list, or prolongs it there.
-- KEYS[1] sessions; KEYS[2] ends
-- ARGV[1] session id; ARGV[2] updated at; ARGV[3] expires at; both '' to prolong it by what it had, if it is in the list
-- Reply: 1, or 0 when it is not in the list
local updated, expires = tonumber(ARGV[2]), tonumber(ARGV[3])
if not expires then
  local was, ends = redis.call('ZSCORE', KEYS[1], ARGV[1]), redis.call('ZSCORE', KEYS[2], ARGV[1])
  if not was or not ends then
    return 0
  end
  local time = redis.call('TIME')
  updated = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  expires = updated + tonumber(ends) - tonumber(was)
end
redis.call('ZADD', KEYS[1], string.format('%.0f', updated), ARGV[1])
redis.call('ZADD', KEYS[2], string.format('%.0f', expires), ARGV[1])
-- The list lives a little longer than the last of its sessions, never shorter.
local last = tonumber(redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]) + 1000
for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, string.format('%.0f', last)) end
return 1
