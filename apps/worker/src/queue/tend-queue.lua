-- What must happen although nobody asks: late jobs become due, lost ones go to others, old outcomes are forgotten.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] after how many lost workers a job is dead; ARGV[6] how long dead letters are
-- kept, in ms; ARGV[7] how many outcomes are kept; ARGV[8] how many jobs of each sort this call moves at most
-- Reply: { { ms until the next delayed job or schedule is due (-1: none), how many jobs were lost by their workers, 1 where a
-- schedule is due, jobs that wait, are delayed, are run, are dead }, ids of jobs past their deadline that nobody runs… }
local mostLost, keepDeadMs, mostKept, most = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local function due(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', string.format('%.0f', now), 'LIMIT', 0, most)
end

for _, member in ipairs(due(DELAYED)) do
  redis.call('ZREM', DELAYED, member)
  local tenant, priority, id = string.match(member, '^([^:]+):(%d):(%x+)$')
  enqueue(tenant, { { id = id, priority = tonumber(priority) } })
end

-- Nobody picked them up, or whoever did died before it could say so.
for _, id in ipairs(due(READY)) do
  local job = readPlace(id, redis.call('HGET', PLACES, id))
  redis.call('ZREM', READY, id)
  if job then
    leave({ job })
    enqueue(job.tenant, { job }, true)
  end
end

-- Their worker died, hangs or was cut off: the attempt counts, and its token is worth nothing any more.
local lost = 0
for _, id in ipairs(due(LEASES)) do
  local job = readPlace(id, redis.call('HGET', PLACES, id))
  redis.call('ZREM', LEASES, id)
  if job then
    leave({ job })
    lost = lost + 1
    local known = redis.call('HGET', JOBS, 's' .. id)
    local state = known and cjson.decode(known) or { attempts = 0 }
    state.attempts = state.attempts + 1
    state.lost = (state.lost or 0) + 1
    state.history = state.history or {}
    table.insert(state.history, { attempt = state.attempts, at = now, code = 'worker_lost', message = 'The worker went away' })
    if state.lost >= mostLost then
      state.status = 'dead'
      state.endedAt = now
      freeDedup(id, string.match(redis.call('HGET', JOBS, id) or '-', '^%S+'))
      bury(id, job.tenant, cjson.encode(state), now + keepDeadMs)
    else
      redis.call('HSET', JOBS, 's' .. id, cjson.encode(state))
      enqueue(job.tenant, { job }, true)
    end
  end
end

local function forget(member)
  local sort, name = string.sub(member, 1, 1), string.sub(member, 2)
  if sort == 'o' then
    redis.call('HDEL', ONCE, name)
  elseif sort == 'j' or redis.call('ZREM', DEAD, name) == 1 then
    local id = string.match(name, ':(%x+)$')
    redis.call('HDEL', JOBS, id, 's' .. id, 'p' .. id)
    redis.call('ZREM', LISTED, name)
  end
  redis.call('ZREM', EXPIRY, member)
end
for _, member in ipairs(due(EXPIRY)) do
  forget(member)
end
local surplus = redis.call('ZCARD', EXPIRY) - mostKept
if surplus > 0 then
  for _, member in ipairs(redis.call('ZRANGE', EXPIRY, 0, math.min(surplus, most) - 1)) do
    forget(member)
  end
end
promote(window)

local function first(key)
  return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or math.huge)
end
local nextAt = math.min(first(DELAYED), first(TICKS))
local nextMs = nextAt < math.huge and math.max(0, nextAt - now) or -1
local function count(key)
  return redis.call('ZCARD', key)
end
local counts = { count(WAITING) + count(READY), count(DELAYED), count(LEASES), count(DEAD) }
local reply = { { nextMs, lost, first(TICKS) <= now and 1 or 0, unpack(counts) } }
for _, id in ipairs(due(DEADLINES)) do
  local job = readPlace(id, redis.call('HGET', PLACES, id))
  if redis.call('HEXISTS', JOBS, id) == 0 then
    redis.call('ZREM', DEADLINES, id)
  elseif job and job.token ~= '' then
    redis.call('ZADD', DEADLINES, now + leaseMs, id) -- Its worker keeps the time.
  else
    reply[#reply + 1] = id
  end
end
return reply
