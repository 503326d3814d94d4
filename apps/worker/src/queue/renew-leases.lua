-- Keeps jobs for those who run them.
-- KEYS and ARGV[1..4]: queue-moves.lua. Then for each job: id, token
-- Reply: for each job 1, or 0 where it was lost to another or has ended
local ids, replies = {}, {}
for i = 5, #ARGV, 2 do
  ids[#ids + 1] = ARGV[i]
end
local places = redis.call('HMGET', PLACES, unpack(ids))
for n, id in ipairs(ids) do
  local job = readPlace(id, places[n])
  local held = job and job.token == ARGV[5 + (n - 1) * 2 + 1]
  if held then
    redis.call('ZADD', LEASES, now + leaseMs, id)
  end
  replies[n] = held and 1 or 0
end
return replies
