-- Puts another version in a message's place, or nothing at all, if nobody else has changed it since it was read.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries; KEYS[6] outbox
-- ARGV[1] asker; ARGV[2] message id; ARGV[3] version that was read; ARGV[4] the new element's JSON, '' to delete the message;
-- ARGV[5] '1' when there is an archive
-- Reply: { 'edited', expires at, user, edited at }, { 'changed' }, { 'unknown' } message, or { 'absent' } session
local state = redis.call('HMGET', KEYS[1], 'user', 'seq', 'ttl', 'updated', 'born', 'system', 'edition')
if not state[2] or not admits(ARGV[1], state[1]) then
  return { 'absent' }
end
local seq = (redis.call('HGET', KEYS[3], ARGV[2]) or ''):match('^%d+')
if not seq then
  return { 'unknown' }
end
local old = redis.call('LINDEX', KEYS[2], seq - 1)
local at, version, json = old:match('^(%d+)|(%d+)|%d*|(.*)$')
if json == '' then
  return { 'unknown' }
end
if version ~= ARGV[3] then
  return { 'changed' }
end
local now, isDeletion = nowMs(state[4]), ARGV[4] == ''
redis.call('LSET', KEYS[2], seq - 1, table.concat({ at, version + 1, now, ARGV[4] }, '|'))
if isDeletion then
  redis.call('HDEL', KEYS[4], 'm' .. seq)
  for number = math.max(1, version - 20), version - 1 do redis.call('HDEL', KEYS[4], 'v' .. seq .. '.' .. number) end
  redis.call('HINCRBY', KEYS[1], 'deleted', 1)
  local system = (',' .. (state[6] or '')):gsub(',' .. seq .. ',', ',')
  redis.call('HSET', KEYS[1], 'system', system:sub(2))
else
  redis.call('HSET', KEYS[4], 'v' .. seq .. '.' .. version, old)
  redis.call('HDEL', KEYS[4], 'v' .. seq .. '.' .. (version - 20))
end
-- A time: after a failover that lost an edit, the next one must not have the lost one's edition.
redis.call('HSET', KEYS[1], 'edition', string.format('%.0f', math.max(tonumber(now), tonumber(state[7]) + 1)))
-- A summary is named by the last seq that it tells of.
for _, to in ipairs(redis.call('HKEYS', KEYS[5])) do
  if tonumber(to) >= tonumber(seq) then redis.call('HDEL', KEYS[5], to) end
end
if ARGV[5] == '1' then
  local kind = isDeletion and 'deleted' or 'edited'
  tell(KEYS[6], KEYS[1], state[5], state[1], kind, seq, now, isDeletion and '{}' or ARGV[4])
end
local expires = prolong(now, state[3], KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { 'edited', expires, state[1], now }
