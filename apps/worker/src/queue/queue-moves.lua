-- The moves of jobs between the keys of one shard: stands before each script of the queue.
-- KEYS: as shardKeyNames says. ARGV[1..4] of every script: how many jobs may lie ready, how many of one tenant may be in the
-- streams (0: any number), for how many ms a job may lie ready, and for how many ms whoever runs one holds it unrenewed.
local STREAMS = { KEYS[1], KEYS[2], KEYS[3] }
local WAITING, TURNS, DEPTH, IN_FLIGHT = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local PLACES, READY, LEASES, DELAYED, DEADLINES = KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local JOBS, DEAD, EXPIRY, DEDUP, ONCE = KEYS[13], KEYS[14], KEYS[15], KEYS[16], KEYS[17]
local PAUSED, SETTINGS, SCHEDULES, TICKS = KEYS[18], KEYS[19], KEYS[20], KEYS[21]
local GROUP = 'workers'
local window, cap, patienceMs, leaseMs = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if cap == 0 then
  cap = math.huge
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A priority is a head start, in microseconds: high jobs go before normal ones, but for ever before none.
local HEAD_START = { 60e6, 0, -60e6 }
local sequence = time[1] * 1e6 + time[2]
local function orderOf(priority)
  sequence = sequence + 1
  return string.format('%016.0f', sequence - HEAD_START[priority])
end

local somePaused = redis.call('HLEN', PAUSED) > 0
local allPaused = somePaused and redis.call('HEXISTS', PAUSED, '*') == 1
local function isPaused(tenant)
  return allPaused or (somePaused and redis.call('HEXISTS', PAUSED, tenant) == 1)
end

-- Gives the tenant a turn, behind those who wait for theirs already.
local function offer(tenant)
  redis.call('ZADD', TURNS, 'NX', (tonumber(redis.call('HGET', SETTINGS, 'turn')) or 0) + 1, tenant)
end

-- Puts jobs { id, priority } to the end of their tenant's own queue; in front of it where `first` is set.
local function enqueue(tenant, jobs, first)
  local members = {}
  for i, job in ipairs(jobs) do
    local order = first and string.format('%016.0f', i) or orderOf(job.priority)
    members[#members + 1] = 0
    members[#members + 1] = tenant .. ':' .. order .. ':' .. job.priority .. ':' .. job.id
  end
  redis.call('ZADD', WAITING, unpack(members))
  redis.call('HINCRBY', DEPTH, tenant, #jobs)
  offer(tenant)
end

local function countDown(hash, tenant, count)
  local left = redis.call('HINCRBY', hash, tenant, -count)
  if left <= 0 then
    redis.call('HDEL', hash, tenant)
  end
  return left
end

-- Takes jobs { id, priority, entry, tenant } out of the streams, for whatever comes next.
local function leave(jobs)
  local entries, ids, counts = { {}, {}, {} }, {}, {}
  for i, job in ipairs(jobs) do
    ids[i] = job.id
    table.insert(entries[job.priority], job.entry)
    counts[job.tenant] = (counts[job.tenant] or 0) + 1
  end
  if #ids == 0 then
    return
  end
  for priority, list in ipairs(entries) do
    if #list > 0 then
      redis.call('XACK', STREAMS[priority], GROUP, unpack(list))
      redis.call('XDEL', STREAMS[priority], unpack(list))
    end
  end
  redis.call('HDEL', PLACES, unpack(ids))
  redis.call('ZREM', READY, unpack(ids))
  redis.call('ZREM', LEASES, unpack(ids))
  for tenant, count in pairs(counts) do
    countDown(IN_FLIGHT, tenant, count)
    if redis.call('HEXISTS', DEPTH, tenant) == 1 then
      offer(tenant)
    end
  end
end

-- Where a job is: { id, priority, entry, tenant, token }, or nil where it is in no stream.
local function readPlace(id, place)
  if not place then
    return nil
  end
  local priority, entry, tenant, token = string.match(place, '^(%d) (%S+) (%S+) ?(%S*)$')
  return { id = id, priority = tonumber(priority), entry = entry, tenant = tenant, token = token }
end

-- Puts jobs { id, priority } of a tenant into the streams, to be picked up.
local function place(tenant, jobs)
  local places, ready = {}, {}
  for _, job in ipairs(jobs) do
    local entry = redis.call('XADD', STREAMS[job.priority], '*', 'j', job.id)
    places[#places + 1] = job.id
    places[#places + 1] = job.priority .. ' ' .. entry .. ' ' .. tenant
    ready[#ready + 1] = now + patienceMs
    ready[#ready + 1] = job.id
  end
  redis.call('HSET', PLACES, unpack(places))
  redis.call('ZADD', READY, unpack(ready))
  redis.call('HINCRBY', IN_FLIGHT, tenant, #jobs)
end

-- One turn of a tenant: at most so many of its jobs go into the streams. Returns how many did.
local function serve(tenant, turn, most)
  redis.call('HSET', SETTINGS, 'turn', turn)
  local free = cap - (tonumber(redis.call('HGET', IN_FLIGHT, tenant)) or 0)
  if free <= 0 or isPaused(tenant) then
    return 0
  end
  local quantum = math.min(most, free)
  local members = redis.call('ZRANGEBYLEX', WAITING, '[' .. tenant .. ':', '(' .. tenant .. ';', 'LIMIT', 0, quantum)
  if #members == 0 then
    redis.call('HDEL', DEPTH, tenant)
    return 0
  end
  local jobs = {}
  for i, member in ipairs(members) do
    local priority, id = string.match(member, '^[^:]+:%d+:(%d):(%x+)$')
    jobs[i] = { id = id, priority = tonumber(priority) }
  end
  redis.call('ZREM', WAITING, unpack(members))
  place(tenant, jobs)
  if countDown(DEPTH, tenant, #members) > 0 and #members < free then
    redis.call('ZADD', TURNS, turn + 1, tenant)
  end
  return #members
end

-- Fills the streams up to so many jobs that lie ready, tenant by tenant, one job a turn. Who is alone need not take turns.
local function promote(most)
  if allPaused then
    return
  end
  local room = most - redis.call('ZCARD', READY)
  while room > 0 do
    local popped = redis.call('ZPOPMIN', TURNS)
    if #popped == 0 then
      return
    end
    local alone = redis.call('EXISTS', TURNS) == 0
    room = room - serve(popped[1], tonumber(popped[2]), alone and room or 1)
  end
end

local function freeDedup(id, dedup)
  if dedup ~= '-' and redis.call('HGET', DEDUP, dedup) == id then
    redis.call('HDEL', DEDUP, dedup)
  end
end

-- Keeps what became of a job for a while; what was asked is forgotten.
local function endJob(id, dedup, state, expiresAt)
  redis.call('HDEL', JOBS, id, 'p' .. id)
  redis.call('HSET', JOBS, 's' .. id, state)
  redis.call('ZADD', EXPIRY, expiresAt, 'j' .. id)
  redis.call('ZREM', DEADLINES, id)
  freeDedup(id, dedup)
end

-- Puts a job that no attempt could do among the dead letters; it stays whole.
local function bury(id, tenant, state, expiresAt)
  redis.call('HSET', JOBS, 's' .. id, state)
  redis.call('ZADD', DEAD, 0, tenant .. ':' .. id)
  redis.call('ZADD', EXPIRY, expiresAt, 'd' .. tenant .. ':' .. id)
  redis.call('ZREM', DEADLINES, id)
end

-- A new job { id, tenant, priority, at, by, spec }: now or, by `at`, later; `by` is when it must have begun or ended.
local function admit(job)
  redis.call('HSET', JOBS, job.id, job.spec)
  if job.by > 0 then
    redis.call('ZADD', DEADLINES, job.by, job.id)
  end
  if job.at > now then
    redis.call('ZADD', DELAYED, job.at, job.tenant .. ':' .. job.priority .. ':' .. job.id)
  else
    enqueue(job.tenant, { job })
  end
end
