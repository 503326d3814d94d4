-- Gives jobs to a worker: stands, behind queue-moves.lua, before the scripts that do so.

-- Reads entries { priority, entry, id } from the streams until there are so many.
local function readStreams(read, consumer, most, favoured)
  for turn, priority in ipairs({ favoured, 1, 2, 3 }) do
    local left = most - #read
    if left > 0 and (turn == 1 or priority ~= favoured) then
      local reply = redis.call('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', left, 'STREAMS', STREAMS[priority], '>')
      for _, entry in ipairs(reply and reply[1][2] or {}) do
        read[#read + 1] = { priority = priority, entry = entry[1], id = entry[2][2] }
      end
    end
  end
end

-- The jobs of those entries that may be run. Entries of which the job is elsewhere by now are struck out; jobs of paused tenants go back.
local function runnable(read)
  local ids, jobs, stale = {}, {}, { {}, {}, {} }
  for i, entry in ipairs(read) do
    ids[i] = entry.id
  end
  local places = #ids > 0 and redis.call('HMGET', PLACES, unpack(ids)) or {}
  for i, entry in ipairs(read) do
    local job = readPlace(entry.id, places[i])
    if not job or job.entry ~= entry.entry then
      table.insert(stale[entry.priority], entry.entry)
    elseif job.token == '' and isPaused(job.tenant) then
      leave({ job })
      enqueue(job.tenant, { job }, true)
    elseif job.token == '' then
      jobs[#jobs + 1] = job
    end -- Else delivered a second time, as after the loss of the group: its owner ends it.
  end
  for priority, entries in ipairs(stale) do
    if #entries > 0 then
      strike(STREAMS[priority], entries)
    end
  end
  return jobs
end

-- Makes the caller the owner of jobs; `call` (28 characters) begins their tokens. Returns of each id, token, spec, state, progress ('' for none).
local function own(jobs, call)
  local fields = {}
  for i, job in ipairs(jobs) do
    fields[3 * i - 2], fields[3 * i - 1], fields[3 * i] = job.id, 's' .. job.id, 'p' .. job.id
  end
  local specs = redis.call('HMGET', JOBS, unpack(fields))
  local reply, places, ready, leases, gone, taken = {}, {}, {}, {}, {}, 0
  for i, job in ipairs(jobs) do
    local spec, token = specs[3 * i - 2], call .. (1000 + i)
    if spec then
      local at, pair = 5 * taken, 2 * taken
      taken = taken + 1
      places[pair + 1], places[pair + 2] = job.id, writePlace(job, token)
      leases[pair + 1], leases[pair + 2] = now + leaseMs, job.id
      reply[at + 1], reply[at + 2], reply[at + 3] = job.id, token, spec
      reply[at + 4], reply[at + 5] = specs[3 * i - 1] or '', specs[3 * i] or ''
      if job.entry ~= NO_ENTRY then
        ready[#ready + 1] = job.id
      end
    else
      gone[#gone + 1] = job -- Cancelled while it waited.
    end
  end
  leave(gone)
  if taken > 0 then
    redis.call('HSET', PLACES, unpack(places))
    redis.call('ZADD', LEASES, unpack(leases))
    if #ready > 0 then
      redis.call('ZREM', READY, unpack(ready))
    end
  end
  return reply
end

-- What one script hands out: more would hold Redis up for everybody.
local MOST_BYTES = 1048576

-- Takes at most so many: what was read already, then what lies ready, then, without a way through the streams, what waits in the
-- tenants' queues. Large ones wait for the next.
local function take(consumer, call, most, favoured, read)
  if not allPaused and redis.call('ZCARD', READY) > #read then
    readStreams(read, consumer, most, favoured)
  end
  local found = runnable(read)
  serveTurns(most - #found, function(jobs)
    for _, job in ipairs(jobs) do
      found[#found + 1] = job
    end
  end)
  local jobs, others = upToBytes(found, MOST_BYTES)
  leave(others)
  for n = #others, 1, -1 do
    enqueue(others[n].tenant, { others[n] }, true)
  end
  return #jobs > 0 and own(jobs, call) or {}
end
