-- Joins the flight of a key: takes the free lease, or registers as one who waits for its holder's outcome.
-- A new leader clears the last flight's outcome, so an outcome that a follower sees is never older than its own joining.
-- KEYS[1] lease; KEYS[2] result: '?' while somebody waits, '=' and the outcome when the flight is over
-- ARGV[1] token of the caller; ARGV[2] leaseMs; ARGV[3] waitMs: how long a waiting mark lasts unless renewed
-- Reply: 'leader' or 'follower'
local holder = redis.call('GET', KEYS[1])
if not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('DEL', KEYS[2])
  return 'leader'
end
if holder == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 'leader'
end
redis.call('SET', KEYS[2], '?', 'PX', ARGV[3])
return 'follower'
