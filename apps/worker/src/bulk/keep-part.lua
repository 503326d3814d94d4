-- Keeps what one part of a job came to; a part that was kept already stays as it is.
-- KEYS[1] output
-- ARGV[1] number of the part; ARGV[2] its lines; ARGV[3] '1' when it failed
-- Reply: 1 when it is new
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 0
end
if ARGV[3] == '1' then
  redis.call('HINCRBY', KEYS[1], 'failed', 1)
end
return 1
