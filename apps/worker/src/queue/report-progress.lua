-- Keeps what the owners of jobs report of them.
-- KEYS and ARGV[1..4]: queue-moves.lua. Then for each job: id, token, progress
-- Reply: nothing
for i = 5, #ARGV, 3 do
  local job = readPlace(ARGV[i], redis.call('HGET', PLACES, ARGV[i]))
  if job and job.token == ARGV[i + 1] then
    redis.call('HSET', JOBS, 'p' .. ARGV[i], ARGV[i + 2])
  end
end
