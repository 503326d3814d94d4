-- Ends attempts: whoever still owns the job says what becomes of it, and that happens in one step. In the same step the caller may
-- take as many others.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5..8]: consumer, token of this call, how many it takes at most (0: none) and from
-- which stream first, as for take-jobs.lua. Then for each job three: `<id><token><what><at>` (of 32, 32 and 1 characters; what: `e`
-- ends, `d` is dead, `g` goes on; at: ms since 1970 when the outcome is forgotten or the next attempt begins), behind it, where there
-- is either, ` <dedup> <next>` (digest of its deduplication key, id of a job that follows from it, `-` for none); its state (''
-- leaves it); and the spec of what follows
-- Reply: { for each job 1, or 0 where another owns it or it has ended }, { what was taken, as take-jobs.lua replies }
local ids, replies, left, ended, others, follow = {}, {}, {}, {}, {}, {}
for n = 1, (#ARGV - 8) / 3 do
  ids[n] = sub(ARGV[6 + 3 * n], 1, 32)
end
local places = redis.call('HMGET', PLACES, unpack(ids))
for n, id in ipairs(ids) do
  local head, job = ARGV[6 + 3 * n], readPlace(id, places[n])
  local isOurs = job and job.token == sub(head, 33, 64)
  replies[n] = isOurs and 1 or 0
  if isOurs then
    left[#left + 1] = job
    local space = find(head, ' ', 66, true)
    job.at, job.state, job.dedup = tonumber(sub(head, 66, (space or 0) - 1)), ARGV[7 + 3 * n], '-'
    if space then
      local dedup, nextId = string.match(head, '^(%S+) (%S+)$', space + 1)
      job.dedup = dedup
      if nextId ~= '-' then
        follow[#follow + 1] = { id = nextId, tenant = job.tenant, priority = 2, at = 0, by = 0, spec = ARGV[8 + 3 * n] }
      end
    end
    local what = sub(head, 65, 65)
    if what == 'e' then
      ended[#ended + 1] = job
    else
      others[#others + 1] = { job = job, isDead = what == 'd' }
    end
  end
end
leave(left)
endJobs(ended)

local function goOn(job)
  if job.state ~= '' then
    redis.call('HSET', JOBS, 's' .. job.id, job.state)
    redis.call('HDEL', JOBS, 'p' .. job.id) -- The state tells it.
  end
  if job.at > now then
    redis.call('ZADD', DELAYED, job.at, job.tenant .. ':' .. job.priority .. ':' .. job.id)
  else
    enqueue(job.tenant, { job }, true)
  end
end

for _, other in ipairs(others) do
  local job = other.job
  if other.isDead then
    freeDedup(job.id, job.dedup)
    bury(job.id, job.tenant, job.state, job.at)
  else
    goOn(job)
  end
end
for _, job in ipairs(follow) do
  admit(job)
end
local most = tonumber(ARGV[7])
local taken = most > 0 and take(ARGV[5], ARGV[6], most, tonumber(ARGV[8]), {}) or {}
promote(most > 0 and 1 or window)
return { replies, taken }
