-- Gives jobs to a worker: those that its waiting read was given, then others.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] consumer; ARGV[6] token of this call (28 characters); ARGV[7] how many at most;
-- ARGV[8] which stream is read first (1..3). Then what was read already: priority, entry, id
-- Reply: for each job id, token, spec, state, progress ('' for none)
local read = {}
for i = 9, #ARGV, 3 do
  read[#read + 1] = { priority = tonumber(ARGV[i]), entry = ARGV[i + 1], id = ARGV[i + 2] }
end
local reply = take(ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), read)
promote(1) -- Wakes the next worker that waits; that one wakes another.
return reply
