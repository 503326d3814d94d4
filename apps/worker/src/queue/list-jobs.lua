-- Lists a tenant's jobs, the latest first, as far as a bounded effort goes.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] tenant; ARGV[6] id behind which to begin ('' for the latest); ARGV[7] how many at
-- most; ARGV[8] status, ARGV[9] kind, ARGV[10] user as JSON ('' for any)
-- Reply: { id up to which was looked ('' for the end), then of each: status, what is asked ('' where the state tells), state, progress }
local tenant, after, most = ARGV[5], ARGV[6], tonumber(ARGV[7])
local status, kind, user = ARGV[8], ARGV[9], ARGV[10]
local PRIORITY = { high = 1, normal = 2, low = 3 }
local mostLooked, mostBytes = 500, 16 * 1024 * 1024
if status == '' and kind == '' and user == '' then
  mostLooked = most
end

local function statusOf(id, head)
  if redis.call('ZSCORE', DEAD, tenant .. ':' .. id) then
    return 'dead'
  end
  local job = readPlace(id, redis.call('HGET', PLACES, id))
  if job then
    return job.token ~= '' and 'active' or 'waiting'
  end
  local priority = PRIORITY[string.match(head, '"priority":"(%a+)"')]
  return redis.call('ZSCORE', DELAYED, tenant .. ':' .. priority .. ':' .. id) and 'delayed' or 'waiting'
end

-- Payloads and results are large, and stand behind what a list shows of a job: see job-record.ts.
local function read(id)
  local spec, state, progress = unpack(redis.call('HMGET', JOBS, id, 's' .. id, 'p' .. id))
  if spec then
    local head = headOf(spec)
    return { status = statusOf(id, head), told = head, head = head, state = state or '', progress = progress or '' }
  elseif state then
    local told = (string.match(state, '^(.-),"history":') or '{') .. '}'
    return { status = string.match(told, '^{"status":"(%a+)"'), told = told, head = '', state = told, progress = '' }
  end
end

local function has(told, member, value)
  return value == '' or string.find(told, '"' .. member .. '":' .. value, 1, true) ~= nil
end
local kindJson = kind == '' and '' or '"' .. kind .. '"'
local function isWanted(job)
  return job and (status == '' or job.status == status) and has(job.told, 'kind', kindJson) and has(job.told, 'userId', user)
end

local from = after == '' and '(' .. tenant .. ';' or '(' .. tenant .. ':' .. after
local members = redis.call('ZREVRANGEBYLEX', LISTED, from, '[' .. tenant .. ':', 'LIMIT', 0, mostLooked)
local reply, found, bytes, looked = { '' }, 0, 0, 0
for _, member in ipairs(members) do
  if found >= most or bytes >= mostBytes then
    break
  end
  local id = string.match(member, ':(%x+)$')
  looked = looked + 1
  reply[1] = id
  bytes = bytes + redis.call('HSTRLEN', JOBS, id) + redis.call('HSTRLEN', JOBS, 's' .. id)
  local job = read(id)
  if isWanted(job) then
    found = found + 1
    for _, part in ipairs({ job.status, job.head, job.state, job.progress }) do
      reply[#reply + 1] = part
    end
  end
end
if looked == #members and #members < mostLooked then
  reply[1] = ''
end
return reply
