-- Appends one entry for each argument: what one process asks of a service in one turn, for the price of one command.
-- KEYS[1] stream
-- ARGV    the frames
-- Reply: the ids, in order
local ids = {}
for i = 1, #ARGV do ids[i] = redis.call('XADD', KEYS[1], '*', 'f', ARGV[i]) end
return ids
