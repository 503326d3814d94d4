-- Ends attempts: whoever still owns the job says what becomes of it, and that happens in one step. In the same step the caller may
-- take as many others.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5..8]: consumer, token of this call, how many it takes at most (0: none) and from
-- which stream first, as for take-jobs.lua. Then for each job three: `<id> <token> <what> <at> <dedup> <next>` (what: end, dead,
-- retry or return; at: ms since 1970 when the outcome is forgotten or the next attempt begins; digest of its deduplication key
-- and id of a job that follows from it, `-` for none), its state ('' leaves it), and the spec of what follows
-- Reply: { for each job 1, or 0 where another owns it or it has ended }, { what was taken, as take-jobs.lua replies }
local ends, ids, replies, left, after = {}, {}, {}, {}, {}
for i = 9, #ARGV, 3 do
  local id, token, what, at, dedup, nextId = string.match(ARGV[i], '^(%S+) (%S+) (%S+) (%d+) (%S+) (%S+)$')
  ids[#ids + 1] = id
  ends[#ends + 1] = {
    id = id, token = token, what = what, at = tonumber(at), dedup = dedup, state = ARGV[i + 1],
    nextId = nextId, nextSpec = ARGV[i + 2],
  }
end
local places = redis.call('HMGET', PLACES, unpack(ids))
for n, id in ipairs(ids) do
  local job = readPlace(id, places[n])
  local isOurs = job and job.token == ends[n].token
  replies[n] = isOurs and 1 or 0
  if isOurs then
    left[#left + 1] = job
    after[#after + 1] = ends[n]
    ends[n].tenant = job.tenant
  end
end
leave(left)

local function goOn(job, at, state)
  if state ~= '' then
    redis.call('HSET', JOBS, 's' .. job.id, state)
    redis.call('HDEL', JOBS, 'p' .. job.id) -- The state tells it.
  end
  if at > now then
    redis.call('ZADD', DELAYED, at, job.tenant .. ':' .. job.priority .. ':' .. job.id)
  else
    enqueue(job.tenant, { job }, true)
  end
end

local ended = {}
for n, job in ipairs(left) do
  local how = after[n]
  if how.what == 'end' then
    ended[#ended + 1] = how
  elseif how.what == 'dead' then
    freeDedup(job.id, how.dedup)
    bury(job.id, job.tenant, how.state, how.at)
  else
    goOn(job, how.at, how.state)
  end
  if how.nextId ~= '-' then
    admit({ id = how.nextId, tenant = job.tenant, priority = 2, at = 0, by = 0, spec = how.nextSpec })
  end
end
endJobs(ended)
local most = tonumber(ARGV[7])
local taken = most > 0 and take(ARGV[5], ARGV[6], most, tonumber(ARGV[8]), {}) or {}
promote(most > 0 and 1 or window)
return { replies, taken }
