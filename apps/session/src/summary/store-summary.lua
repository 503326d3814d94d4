-- Keeps a summary unless a message was edited since the log was read; the oldest one makes room.
-- KEYS[1] meta; KEYS[2] summaries: '<kept at>|<JSON>' by the last seq that it tells of
-- ARGV[1] edition that was read; ARGV[2] created at, of the session that was read; ARGV[3] last seq; ARGV[4] JSON; ARGV[5] most summaries
-- Reply: 'stored', 'edited' or 'absent'
local state = redis.call('HMGET', KEYS[1], 'edition', 'born', 'expires')
if state[2] ~= ARGV[2] then
  return 'absent'
end
if state[1] ~= ARGV[1] then
  return 'edited'
end
redis.call('HSET', KEYS[2], ARGV[3], redis.call('TIME')[1] .. '|' .. ARGV[4])
while redis.call('HLEN', KEYS[2]) > tonumber(ARGV[5]) do
  local fields, oldest = redis.call('HGETALL', KEYS[2]), nil
  for index = 1, #fields, 2 do
    local kept = { tonumber(fields[index + 1]:match('^%d+')), tonumber(fields[index]) }
    if not oldest or kept[1] < oldest[1] or (kept[1] == oldest[1] and kept[2] < oldest[2]) then oldest = kept end
  end
  redis.call('HDEL', KEYS[2], string.format('%.0f', oldest[2]))
end
redis.call('PEXPIREAT', KEYS[2], state[3])
return 'stored'
