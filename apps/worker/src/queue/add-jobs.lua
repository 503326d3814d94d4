-- Adds jobs, or finds those that an earlier order with the same key has made.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] how many jobs of a tenant may wait; ARGV[6] when idempotency keys are forgotten;
-- ARGV[7] '1' when the call is repeated because its first reply was lost.
-- Then for each job two: `<id><priority>:<tenant>` (of 32 and 1 characters; priority 1..3), or with ` <at> <by> <dedup> <once>
-- <fingerprint>` behind it (at and by in ms since 1970, 0: now, never; digests of its deduplication key, its idempotency key and its
-- order, `-` for none); and its spec
-- Reply: for each job 'added', 'mismatch' (idempotency key of another order), 'full', or the id of the earlier job
local mostWaiting, onceUntil, repeated = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1'

local function readJob(head, spec)
  local id, priority, space = sub(head, 1, 32), tonumber(sub(head, 33, 33)), find(head, ' ', 35, true)
  if not space then
    local tenant = sub(head, 35)
    return { id = id, priority = priority, tenant = tenant, at = 0, by = 0, dedup = '-', once = '-', spec = spec }
  end
  local at, by, dedup, once, fingerprint = string.match(head, '^(%d+) (%d+) (%S+) (%S+) (%S+)$', space + 1)
  return {
    id = id, priority = priority, tenant = sub(head, 35, space - 1), at = tonumber(at), by = tonumber(by),
    dedup = dedup, once = once, fingerprint = fingerprint, spec = spec,
  }
end

local made = {}
local function isThere(id)
  return redis.call('HEXISTS', JOBS, id) == 1 or redis.call('HEXISTS', JOBS, 's' .. id) == 1
end

local function earlier(job)
  if repeated and isThere(job.id) then
    return 'added'
  end
  if job.once ~= '-' then
    local known = redis.call('HGET', ONCE, job.once)
    if known then
      local fingerprint, id = string.match(known, '^(%S+) (%S+)$')
      return fingerprint == job.fingerprint and id or 'mismatch'
    end
  end
  if job.dedup ~= '-' then
    local id = redis.call('HGET', DEDUP, job.dedup)
    local lives = id
      and (made[id] or redis.call('HEXISTS', JOBS, id) == 1)
      and not redis.call('ZSCORE', DEAD, job.tenant .. ':' .. id)
    return lives and id
  end
end

local function remember(job, id)
  if job.once ~= '-' then
    redis.call('HSET', ONCE, job.once, job.fingerprint .. ' ' .. id)
    redis.call('ZADD', EXPIRY, onceUntil, 'o' .. job.once)
  end
end

local replies, batches, specs, listed, depths = {}, {}, {}, {}, {}
local function depthOf(tenant)
  depths[tenant] = depths[tenant] or tonumber(redis.call('HGET', DEPTH, tenant)) or 0
  return depths[tenant]
end

-- Those that need nothing more are written together at the end.
local function add(job)
  made[job.id] = true
  if job.dedup ~= '-' then
    redis.call('HSET', DEDUP, job.dedup, job.id)
  end
  if job.at > now or job.by > 0 then
    admit(job)
    return
  end
  noteSize(job.spec)
  depths[job.tenant] = depths[job.tenant] + 1
  specs[#specs + 1] = job.id
  specs[#specs + 1] = job.spec
  listed[#listed + 1] = 0
  listed[#listed + 1] = job.tenant .. ':' .. job.id
  batches[job.tenant] = batches[job.tenant] or {}
  table.insert(batches[job.tenant], job)
end

for i = 8, #ARGV, 2 do
  local job = readJob(ARGV[i], ARGV[i + 1])
  local known = earlier(job)
  if known then
    if #known == 32 then
      remember(job, known)
    end
    replies[#replies + 1] = known
  elseif depthOf(job.tenant) >= mostWaiting then
    replies[#replies + 1] = 'full'
  else
    remember(job, job.id)
    add(job)
    replies[#replies + 1] = 'added'
  end
end
for first = 1, #specs, 1000 do
  redis.call('HSET', JOBS, unpack(specs, first, math.min(first + 999, #specs)))
  redis.call('ZADD', LISTED, unpack(listed, first, math.min(first + 999, #listed)))
end
for tenant, jobs in pairs(batches) do
  enqueue(tenant, jobs)
end
promote(window)
return replies
