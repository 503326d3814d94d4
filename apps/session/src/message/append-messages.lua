-- Appends messages, all or none, each id once, and ends the turn they belong to.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries; KEYS[6] turn; KEYS[7] outbox
-- ARGV[1] asker; ARGV[2] expected last seq, '' for any; ARGV[3] most messages of a session; ARGV[4] '1' when there is an archive;
-- ARGV[5] turn, '' for none; ARGV[6] last seq at its begin; then five of each message: id, digest, kind ('s' system, 't' tool result,
--   'm' any other), hashes of the tool calls that it makes or of the one that it answers, each with a comma behind it, element
-- Reply: { 'appended', last seq (of a mere repeat: as it was the first time), expires at, user, seq of each }, { 'conflict', last seq }, { 'absent' }, { 'lost' }, { 'full' },
--   { 'reused', index } for an id that another message has, { 'orphan', index } for a tool result whose call is not open
local state = redis.call('HMGET', KEYS[1], 'user', 'seq', 'ttl', 'updated', 'open', 'system', 'born')
if not state[2] or not admits(ARGV[1], state[1]) then
  return { 'absent' }
end
local count, seq, reply, fresh = (#ARGV - 6) / 5, tonumber(state[2]), { 'appended', 0, '', state[1] }, 0
local function part(index, place) return ARGV[6 + (index - 1) * 5 + place] end
for index = 1, count do
  local known = redis.call('HGET', KEYS[3], part(index, 1))
  if known then
    local at, digest = known:match('^(%d+):(.*)$')
    if digest ~= '' and digest ~= part(index, 2) then return { 'reused', index - 1 } end
    reply[index + 4] = tonumber(at)
  else
    fresh = fresh + 1
  end
end

local holdsTurn = ARGV[5] ~= '' and redis.call('GET', KEYS[6]) == ARGV[5]
local open = state[5] or ''
if fresh > 0 then
  if ARGV[2] ~= '' and tonumber(ARGV[2]) ~= seq then return { 'conflict', seq } end
  if ARGV[5] ~= '' and not holdsTurn then
    if redis.call('EXISTS', KEYS[6]) == 1 or seq ~= tonumber(ARGV[6]) then return { 'lost' } end
  end
  if seq + fresh > tonumber(ARGV[3]) then return { 'full' } end
  -- A tool result follows its call with nothing but other results between them: that is how models take it.
  for index = 1, count do
    if not reply[index + 4] then
      if part(index, 3) == 't' then
        local from, to = open:find(part(index, 4), 1, true)
        if not from then return { 'orphan', index - 1 } end
        open = open:sub(1, from - 1) .. open:sub(to + 1)
      else
        open = part(index, 4)
      end
    end
  end
end

local now, system = nowMs(state[4]), state[6] or ''
for index = 1, count do
  if not reply[index + 4] then
    seq = seq + 1
    reply[index + 4] = seq
    redis.call('RPUSH', KEYS[2], now .. '|1||' .. part(index, 5))
    redis.call('HSET', KEYS[3], part(index, 1), seq .. ':' .. part(index, 2))
    if part(index, 3) == 's' and select(2, system:gsub(',', '')) < 32 then system = system .. seq .. ',' end
    if ARGV[4] == '1' then tell(KEYS[7], KEYS[1], state[7], state[1], 'message', seq, now, part(index, 5)) end
  end
end
redis.call('HSET', KEYS[1], 'seq', seq, 'open', open, 'system', system)
if holdsTurn then redis.call('DEL', KEYS[6]) end
reply[2] = fresh == 0 and count > 0 and math.max(unpack(reply, 5)) or seq
reply[3] = prolong(now, state[3], KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return reply
