-- Appends messages, all or none, each id once, and ends the turn they belong to.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries; KEYS[6] turn; KEYS[7] outbox
-- ARGV[1] asker; ARGV[2] JSON of { id, digest, kind, calls, element } each: kind 's' system, 't' tool result, 'm' any other;
--   calls: hashes of the tool calls that it makes, or of the one that it answers; ARGV[3] expected last seq, '' for any;
-- ARGV[4] most messages of a session; ARGV[5] '1' when there is an archive; ARGV[6] turn, '' for none; ARGV[7] last seq at its begin
-- Reply: { 'appended', last seq, expires at, user, seq of each }, { 'conflict', last seq }, { 'absent' }, { 'lost' }, { 'full' },
--   { 'reused', index } for an id that another message has, { 'orphan', index } for a tool result whose call is not open
local state = redis.call('HMGET', KEYS[1], 'user', 'seq', 'ttl', 'updated', 'open', 'system', 'born')
if not state[2] or not admits(ARGV[1], state[1]) then
  return { 'absent' }
end
local messages, seq, reply = cjson.decode(ARGV[2]), tonumber(state[2]), { 'appended', 0, '', state[1] }
local fresh = 0
for index, message in ipairs(messages) do
  local known = redis.call('HGET', KEYS[3], message[1])
  if known then
    local at, digest = known:match('^(%d+):(.*)$')
    if digest ~= '' and digest ~= message[2] then return { 'reused', index - 1 } end
    reply[index + 4] = tonumber(at)
  else
    fresh = fresh + 1
  end
end

local holdsTurn = ARGV[6] ~= '' and redis.call('GET', KEYS[6]) == ARGV[6]
local open = state[5] or ''
if fresh > 0 then
  if ARGV[3] ~= '' and tonumber(ARGV[3]) ~= seq then return { 'conflict', seq } end
  local isLost = redis.call('EXISTS', KEYS[6]) == 1 or seq ~= tonumber(ARGV[7])
  if ARGV[6] ~= '' and not holdsTurn and isLost then return { 'lost' } end
  if seq + fresh > tonumber(ARGV[4]) then return { 'full' } end
  -- A tool result follows its call with nothing but other results between them: that is how models take it.
  for index, message in ipairs(messages) do
    if not reply[index + 4] then
      if message[3] == 't' then
        local from, to = open:find(message[4][1] .. ',', 1, true)
        if not from then return { 'orphan', index - 1 } end
        open = open:sub(1, from - 1) .. open:sub(to + 1)
      else
        open = ''
        for _, call in ipairs(message[4]) do open = open .. call .. ',' end
      end
    end
  end
end

local now, system = nowMs(state[4]), state[6] or ''
for index, message in ipairs(messages) do
  if not reply[index + 4] then
    seq = seq + 1
    reply[index + 4] = seq
    redis.call('RPUSH', KEYS[2], now .. '|1||' .. message[5])
    redis.call('HSET', KEYS[3], message[1], seq .. ':' .. message[2])
    if message[3] == 's' and select(2, system:gsub(',', '')) < 32 then system = system .. seq .. ',' end
    if ARGV[5] == '1' then tell(KEYS[7], KEYS[1], state[7], state[1], 'message', seq, now, message[5]) end
  end
end
redis.call('HSET', KEYS[1], 'seq', seq, 'open', open, 'system', system)
if holdsTurn then redis.call('DEL', KEYS[6]) end
reply[2] = seq
reply[3] = prolong(now, state[3], KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return reply
