-- Fires a schedule: its jobs are added and its next tick is set in one step, by whoever comes first.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] field of the schedule; ARGV[6] its record as it was read; ARGV[7] the tick that
-- is fired; ARGV[8] the next one (0: never again); ARGV[9] tenant; ARGV[10] priority. Then for each job: id, spec
-- Reply: 1, or 0 where another fired that tick or the schedule has changed
local field, tick, nextTick = ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8])
local expected = redis.call('ZSCORE', TICKS, field)
if not expected or tonumber(expected) ~= tick or redis.call('HGET', SCHEDULES, field) ~= ARGV[6] then
  return 0
end
if nextTick > 0 then
  redis.call('ZADD', TICKS, nextTick, field)
else
  redis.call('ZREM', TICKS, field)
end
for i = 11, #ARGV, 2 do
  admit({ id = ARGV[i], tenant = ARGV[9], priority = tonumber(ARGV[10]), at = 0, by = 0, spec = ARGV[i + 1] })
end
promote(window)
return 1
