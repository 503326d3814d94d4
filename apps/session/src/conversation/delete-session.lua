-- Deletes a session with everything in it.
-- KEYS[1] meta; KEYS[2] log; KEYS[3] ids; KEYS[4] marks; KEYS[5] summaries; KEYS[6] turn; KEYS[7] outbox
-- ARGV[1] asker; ARGV[2] what of the archive: 'tell' it, 'skip' it, or 'forget' what it has not written yet
-- Reply: { user, messages that were there }, or nothing when the session is absent
local state = redis.call('HMGET', KEYS[1], 'user', 'seq', 'updated', 'born', 'deleted')
local isThere = state[2] and admits(ARGV[1], state[1])
if isThere and ARGV[2] == 'tell' then
  tell(KEYS[7], KEYS[1], state[4], state[1], 'closed', state[2], nowMs(state[3]), '{}')
end
if isThere then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
  if ARGV[2] == 'forget' then redis.call('DEL', KEYS[7]) end
  return { state[1], tonumber(state[2]) - tonumber(state[5] or 0) }
end
return false
