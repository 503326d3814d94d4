-- Reads a piece of a session's messages, and what is known of the whole, at one moment.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] marks
-- ARGV[1] asker; ARGV[2] first seq, or minus how many of the last; ARGV[3] last seq; ARGV[4] what else: 'marks', 'system' or '';
-- ARGV[5] created at, ARGV[6] edition, ARGV[7] last seq when the log was read before, and ARGV[8] how its last element began;
--   '' when it was not: where they hold, of the last ones only those are read that have come since
-- Reply: nothing when the session is absent, else { { last seq, how many are deleted, edition, system seqs, created at, expires at },
--   first seq read, elements, marks of each, seq and element in turn of the system messages before, 1 if it goes on from ARGV[7] }
local state = redis.call('HMGET', KEYS[1], 'user', 'seq', 'edition', 'system', 'expires', 'deleted', 'born')
if not state[2] or not admits(ARGV[1], state[1]) then
  return false
end
local last, from, continues = tonumber(state[2]), tonumber(ARGV[2]), 0
if from < 0 then
  from = math.max(1, last + from + 1)
  local known, element = tonumber(ARGV[7]), ARGV[8]
  if element ~= '' and state[7] == ARGV[5] and state[3] == ARGV[6] and known <= last and known >= from - 1 then
    local there = redis.call('LINDEX', KEYS[2], known - 1)
    if there and there:sub(1, #element) == element then from, continues = known + 1, 1 end
  end
end
local elements, marks, before = redis.call('LRANGE', KEYS[2], from - 1, tonumber(ARGV[3]) - 1), {}, {}
if ARGV[4] == 'marks' and #elements > 0 then
  local fields = {}
  for index = 1, #elements do fields[index] = 'm' .. (from + index - 1) end
  marks = redis.call('HMGET', KEYS[3], unpack(fields))
elseif ARGV[4] == 'system' and continues == 0 then
  for seq in (state[4] or ''):gmatch('%d+') do
    if tonumber(seq) < from then
      before[#before + 1] = tonumber(seq)
      before[#before + 1] = redis.call('LINDEX', KEYS[2], tonumber(seq) - 1)
    end
  end
end
local known = { last, state[6] or '0', state[3], state[4] or '', state[7], state[5] }
return { known, from, elements, marks, before, continues }
