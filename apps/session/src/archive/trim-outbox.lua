-- Drops what the archive has written from the head of an outbox, if it is still there.
-- KEYS[1] outbox
-- ARGV[1] the first entry that was read; ARGV[2] how many
-- Reply: 1, or 0 when somebody else was faster
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[1] then
  return 0
end
redis.call('LTRIM', KEYS[1], ARGV[2], -1)
return 1
