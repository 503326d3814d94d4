-- The moves of jobs between the keys of one shard: stands before each script of the queue.
-- KEYS: as shardKeyNames says. ARGV[1..4] of every script: how many jobs may lie ready, how many of one tenant may be in the
-- streams (0: any number), for how many ms a job may lie ready, and for how many ms whoever runs one holds it unrenewed.
local STREAMS = { KEYS[1], KEYS[2], KEYS[3] }
local WAITING, TURNS, DEPTH, IN_FLIGHT = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local PLACES, READY, LEASES, DELAYED, DEADLINES = KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local JOBS, DEAD, LISTED, EXPIRY, DEDUP, ONCE = KEYS[13], KEYS[14], KEYS[15], KEYS[16], KEYS[17], KEYS[18]
local PAUSED, SETTINGS, SCHEDULES, TICKS = KEYS[19], KEYS[20], KEYS[21], KEYS[22]
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

-- Acknowledges and deletes entries. Where the server was exchanged for an older one meanwhile, the two older commands do it.
local function strike(stream, entries)
  local struck = CAN_ACKDEL and redis.pcall('XACKDEL', stream, GROUP, 'IDS', #entries, unpack(entries))
  if not struck or struck.err then
    redis.call('XACK', stream, GROUP, unpack(entries))
    redis.call('XDEL', stream, unpack(entries))
  end
end

-- Of a job that a busy worker took in passing: it is in no stream.
local NO_ENTRY = '-'
-- In place of the token (32 characters) of who runs a job.
local NOBODY = string.rep('-', 32)
local sub, find = string.sub, string.find

-- Where a job is, as it is kept. Parts of fixed width, because patterns would cost more than all else in these scripts.
local function writePlace(job, token)
  return job.priority .. token .. job.tenant .. ' ' .. job.entry
end

-- Where a job is: { id, priority, entry, tenant, token }, the token '' where nobody runs it; or nil where it waits or has ended.
local function readPlace(id, place)
  if not place then
    return nil
  end
  local token, space = sub(place, 2, 33), find(place, ' ', 34, true)
  return {
    id = id, priority = tonumber(sub(place, 1, 1)), token = token == NOBODY and '' or token,
    tenant = sub(place, 34, space - 1), entry = sub(place, space + 1),
  }
end

-- Takes jobs { id, priority, entry, tenant, token } out of the hands of those who have them, for whatever comes next.
local function leave(jobs)
  local entries, ids, ready, leased, counts = { {}, {}, {} }, {}, {}, {}, {}
  for i, job in ipairs(jobs) do
    ids[i] = job.id
    local held = job.token == '' and ready or leased
    held[#held + 1] = job.id
    if job.entry ~= NO_ENTRY then
      table.insert(entries[job.priority], job.entry)
    end
    counts[job.tenant] = (counts[job.tenant] or 0) + 1
  end
  if #ids == 0 then
    return
  end
  for priority, list in ipairs(entries) do
    if #list > 0 then
      strike(STREAMS[priority], list)
    end
  end
  redis.call('HDEL', PLACES, unpack(ids))
  if #ready > 0 then
    redis.call('ZREM', READY, unpack(ready))
  end
  if #leased > 0 then
    redis.call('ZREM', LEASES, unpack(leased))
  end
  for tenant, count in pairs(counts) do
    countDown(IN_FLIGHT, tenant, count)
    if redis.call('HEXISTS', DEPTH, tenant) == 1 then
      offer(tenant)
    end
  end
end

-- Puts jobs { id, priority, tenant } into the streams, to be picked up.
local function place(jobs)
  local places, ready = {}, {}
  for _, job in ipairs(jobs) do
    job.entry = redis.call('XADD', STREAMS[job.priority], '*', 'j', job.id)
    places[#places + 1] = job.id
    places[#places + 1] = writePlace(job, NOBODY)
    ready[#ready + 1] = now + patienceMs
    ready[#ready + 1] = job.id
  end
  redis.call('HSET', PLACES, unpack(places))
  redis.call('ZADD', READY, unpack(ready))
end

-- One turn of a tenant: returns at most so many of its jobs, which wait no longer, as `readPlace` does.
local function serve(tenant, turn, most)
  redis.call('HSET', SETTINGS, 'turn', turn)
  local free = cap - (tonumber(redis.call('HGET', IN_FLIGHT, tenant)) or 0)
  if free <= 0 or isPaused(tenant) then
    return {}
  end
  local quantum = math.min(most, free)
  local members = redis.call('ZRANGEBYLEX', WAITING, '[' .. tenant .. ':', '(' .. tenant .. ';', 'LIMIT', 0, quantum)
  if #members == 0 then
    redis.call('HDEL', DEPTH, tenant)
    return {}
  end
  local jobs = {}
  for i, member in ipairs(members) do
    local priority = tonumber(sub(member, -34, -34))
    jobs[i] = { id = sub(member, -32), priority = priority, tenant = tenant, entry = NO_ENTRY, token = '' }
  end
  redis.call('ZREM', WAITING, unpack(members))
  redis.call('HINCRBY', IN_FLIGHT, tenant, #members)
  if countDown(DEPTH, tenant, #members) > 0 and #members < free then
    redis.call('ZADD', TURNS, turn + 1, tenant)
  end
  return jobs
end

-- Hands so many waiting jobs on, tenant by tenant, one job a turn. Who is alone need not take turns.
local function serveTurns(room, handOn)
  while room > 0 and not allPaused do
    local popped = redis.call('ZPOPMIN', TURNS)
    if #popped == 0 then
      return
    end
    local alone = redis.call('EXISTS', TURNS) == 0
    local jobs = serve(popped[1], tonumber(popped[2]), alone and room or 1)
    if #jobs > 0 then
      handOn(jobs)
      room = room - #jobs
    end
  end
end

-- Fills the streams up to so many jobs that lie ready: these wake workers that wait.
local function promote(most)
  if not allPaused then
    serveTurns(most - redis.call('ZCARD', READY), place)
  end
end

local function freeDedup(id, dedup)
  if dedup ~= '-' and redis.call('HGET', DEDUP, dedup) == id then
    redis.call('HDEL', DEDUP, dedup)
  end
end

-- Keeps what became of jobs { id, tenant, dedup, state, at } for a while, until `at`; what was asked is forgotten.
local function endJobs(jobs)
  local ids, asked, states, expiry = {}, {}, {}, {}
  for i, job in ipairs(jobs) do
    ids[i] = job.id
    asked[2 * i - 1], asked[2 * i] = job.id, 'p' .. job.id
    states[2 * i - 1], states[2 * i] = 's' .. job.id, job.state
    expiry[2 * i - 1], expiry[2 * i] = job.at, 'j' .. job.tenant .. ':' .. job.id
    freeDedup(job.id, job.dedup)
  end
  if #ids > 0 then
    redis.call('HDEL', JOBS, unpack(asked))
    redis.call('HSET', JOBS, unpack(states))
    redis.call('ZADD', EXPIRY, unpack(expiry))
    redis.call('ZREM', DEADLINES, unpack(ids))
  end
end

-- Puts a job that no attempt could do among the dead letters; it stays whole.
local function bury(id, tenant, state, expiresAt)
  redis.call('HSET', JOBS, 's' .. id, state)
  redis.call('ZADD', DEAD, 0, tenant .. ':' .. id)
  redis.call('ZADD', EXPIRY, expiresAt, 'd' .. tenant .. ':' .. id)
  redis.call('ZREM', DEADLINES, id)
end

-- What is asked without its payload: see job-record.ts.
local function headOf(spec)
  return string.match(spec, '^[^\n]*\n([^\n]*)')
end

-- Remembers how large a spec may be, so that those who read many need not measure each.
local SMALL = 8192
local function noteSize(spec)
  if #spec > SMALL and #spec > (tonumber(redis.call('HGET', SETTINGS, 'largest')) or 0) then
    redis.call('HSET', SETTINGS, 'largest', #spec)
  end
end

-- As many of these jobs as have about so many bytes together, at least one; and the others.
local function upToBytes(jobs, bytes)
  local largest = tonumber(redis.call('HGET', SETTINGS, 'largest')) or SMALL
  if #jobs * largest <= bytes then
    return jobs, {}
  end
  local some, others, sum = {}, {}, 0
  for _, job in ipairs(jobs) do
    sum = sum + redis.call('HSTRLEN', JOBS, job.id)
    table.insert((sum <= bytes or #some == 0) and some or others, job)
  end
  return some, others
end

-- A new job { id, tenant, priority, at, by, spec }: now or, by `at`, later; `by` is when it must have begun or ended.
local function admit(job)
  noteSize(job.spec)
  redis.call('HSET', JOBS, job.id, job.spec)
  redis.call('ZADD', LISTED, 0, job.tenant .. ':' .. job.id)
  if job.by > 0 then
    redis.call('ZADD', DEADLINES, job.by, job.id)
  end
  if job.at > now then
    redis.call('ZADD', DELAYED, job.at, job.tenant .. ':' .. job.priority .. ':' .. job.id)
  else
    enqueue(job.tenant, { job })
  end
end
