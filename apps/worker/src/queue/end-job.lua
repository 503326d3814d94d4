-- Ends a job from outside, wherever it is: cancelled, or past its deadline. Who runs it has lost it.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] id; ARGV[6] tenant; ARGV[7] priority; ARGV[8] digest of its deduplication key ('-': none);
-- ARGV[9] state; ARGV[10] when that is forgotten; ARGV[11] '1' to leave a job alone that somebody runs;
-- ARGV[12], ARGV[13] id and spec of the job that follows from it ('' for none)
-- Reply: 1, or 0 where it had ended before (or is being run)
local id, tenant = ARGV[5], ARGV[6]
if redis.call('HEXISTS', JOBS, id) == 0 or redis.call('ZSCORE', DEAD, tenant .. ':' .. id) then
  return 0
end
local job = readPlace(id, redis.call('HGET', PLACES, id))
if job and job.token ~= '' and ARGV[11] == '1' then
  return 0
end
if job then
  leave({ job })
end
redis.call('ZREM', DELAYED, tenant .. ':' .. ARGV[7] .. ':' .. id)
endJobs({ { id = id, tenant = tenant, dedup = ARGV[8], state = ARGV[9], at = tonumber(ARGV[10]) } })
if ARGV[12] ~= '' then
  admit({ id = ARGV[12], tenant = tenant, priority = 2, at = 0, by = 0, spec = ARGV[13] })
end
promote(window)
return 1
