-- Adds a message to a channel if the caller may, drops what the channel keeps no longer, and rings the bell.
-- KEYS[1] log; KEYS[2] settings
-- ARGV[1] message as JSON; ARGV[2] key id of the caller, empty for one who may everything; ARGV[3] default count kept;
-- ARGV[4] default age kept, in milliseconds; ARGV[5] bell; ARGV[6] what the bell says
-- Reply: the message's id, or 'forbidden'
local settings = redis.call('HMGET', KEYS[2], 'publishers', 'messages', 'ageMs')
local publishers = settings[1]
if publishers and ARGV[2] ~= '' and not string.find(',' .. publishers .. ',', ',' .. ARGV[2] .. ',', 1, true) then
  return 'forbidden'
end
local ageMs = tonumber(settings[3] or ARGV[4])
local id = redis.call('XADD', KEYS[1], 'MAXLEN', settings[2] or ARGV[3], '*', 'message', ARGV[1])
local time = redis.call('TIME')
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', time[1] * 1000 - ageMs))
redis.call('PEXPIRE', KEYS[1], ageMs)
redis.call('PUBLISH', ARGV[5], ARGV[6])
return id
