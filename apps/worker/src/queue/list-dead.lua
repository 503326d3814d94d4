-- Lists a tenant's dead letters in the order of their ids, as far as a bounded effort goes.
-- KEYS and ARGV[1..4]: queue-moves.lua. ARGV[5] tenant; ARGV[6] id behind which to begin ('' for the first); ARGV[7] how many at most
-- Reply: { id up to which was looked ('' for the end), then of each: what is asked without its payload, and its state }
local tenant, after, most = ARGV[5], ARGV[6], tonumber(ARGV[7])
local from = after == '' and '[' .. tenant .. ':' or '(' .. tenant .. ':' .. after
local members = redis.call('ZRANGEBYLEX', DEAD, from, '(' .. tenant .. ';', 'LIMIT', 0, most)
local jobs = {}
for n, member in ipairs(members) do
  jobs[n] = { id = string.match(member, ':(%x+)$') }
end
local some = upToBytes(jobs, 16777216)
local reply = { #members == most and some[#some].id or '' }
if #some < #jobs then
  reply[1] = some[#some].id
end
for _, job in ipairs(some) do
  local spec, state = unpack(redis.call('HMGET', JOBS, job.id, 's' .. job.id))
  if spec then
    reply[#reply + 1] = headOf(spec)
    reply[#reply + 1] = state or ''
  end
end
return reply
