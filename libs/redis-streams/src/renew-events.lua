-- Tells the other replicas that a consumer still works on its events, without counting a delivery.
-- XCLAIM alone would take an event back from a replica that has claimed it meanwhile.
-- KEYS[1] stream
-- ARGV[1] group
-- ARGV[2] consumer
-- ARGV[3] ids, separated by spaces
-- Reply: the ids that the consumer does not own (any more)
local lost = {}
for id in ARGV[3]:gmatch('%S+') do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if pending and pending[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
  else
    lost[#lost + 1] = id
  end
end
return lost
