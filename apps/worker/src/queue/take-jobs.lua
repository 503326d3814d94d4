-- Gives jobs to a worker: those that its waiting read was given, then what lies ready, then what the tenants' queues hold.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] consumer; ARGV[6] token of this call; ARGV[7] how many at most;
-- ARGV[8] which stream is read first (1..3). Then what was read already: priority, entry, id
-- Reply: for each job id, token, spec, state, progress ('' for none)
local consumer, call, most, favoured = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local read, ids = {}, {}
for i = 9, #ARGV, 3 do
  read[#read + 1] = { priority = tonumber(ARGV[i]), entry = ARGV[i + 1], id = ARGV[i + 2] }
end

local function readFrom(priority)
  local left = most - #read
  if left <= 0 then
    return
  end
  local reply =
    redis.call('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', left, 'STREAMS', STREAMS[priority], '>')
  for _, entry in ipairs(reply and reply[1][2] or {}) do
    read[#read + 1] = { priority = priority, entry = entry[1], id = entry[2][2] }
  end
end

if not allPaused then
  promote(most)
  readFrom(favoured)
  for priority = 1, 3 do
    if priority ~= favoured then
      readFrom(priority)
    end
  end
end
if #read == 0 then
  return {}
end

-- Entries of which the job is elsewhere by now are struck out; those of paused tenants go back.
local mine, gone, stale = {}, {}, { {}, {}, {} }
local fields = {}
for i, entry in ipairs(read) do
  ids[i] = entry.id
end
local places = redis.call('HMGET', PLACES, unpack(ids))
local function sort(entry, at)
  if not at or at.entry ~= entry.entry then
    table.insert(stale[entry.priority], entry.entry)
  elseif at.token ~= '' then
    return -- Delivered a second time, as after the loss of the group: its owner ends it.
  elseif isPaused(at.tenant) then
    leave({ at })
    enqueue(at.tenant, { at }, true)
  else
    mine[#mine + 1] = at
    fields[#fields + 1] = at.id
    fields[#fields + 1] = 's' .. at.id
    fields[#fields + 1] = 'p' .. at.id
  end
end
for i, entry in ipairs(read) do
  sort(entry, readPlace(entry.id, places[i]))
end
for priority, entries in ipairs(stale) do
  if #entries > 0 then
    redis.call('XACK', STREAMS[priority], GROUP, unpack(entries))
    redis.call('XDEL', STREAMS[priority], unpack(entries))
  end
end
if #mine == 0 then
  return {}
end

local specs = redis.call('HMGET', JOBS, unpack(fields))
local reply, newPlaces, taken, leases = {}, {}, {}, {}
for i, job in ipairs(mine) do
  local spec, state, progress = specs[3 * i - 2], specs[3 * i - 1], specs[3 * i]
  if spec then
    local token = call .. '.' .. i
    newPlaces[#newPlaces + 1] = job.id
    newPlaces[#newPlaces + 1] = job.priority .. ' ' .. job.entry .. ' ' .. job.tenant .. ' ' .. token
    taken[#taken + 1] = job.id
    leases[#leases + 1] = now + leaseMs
    leases[#leases + 1] = job.id
    for _, part in ipairs({ job.id, token, spec, state or '', progress or '' }) do
      reply[#reply + 1] = part
    end
  else
    gone[#gone + 1] = job -- Cancelled while it waited.
  end
end
leave(gone)
if #taken > 0 then
  redis.call('HSET', PLACES, unpack(newPlaces))
  redis.call('ZREM', READY, unpack(taken))
  redis.call('ZADD', LEASES, unpack(leases))
end
promote(window)
return reply
