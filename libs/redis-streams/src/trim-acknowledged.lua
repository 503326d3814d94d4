-- Deletes the entries of a stream that every group has acknowledged; never one that is pending or unread somewhere.
-- KEYS[1] stream
-- Reply: how many were deleted; nothing is deleted while there is no group.
local groups = redis.call('XINFO', 'GROUPS', KEYS[1])

-- Ids are "<ms>-<sequence>"; compared by length first, because they may exceed what a number holds exactly.
local function before(a, b)
  local aMs, aSequence = a:match('^(%d+)-(%d+)$')
  local bMs, bSequence = b:match('^(%d+)-(%d+)$')
  local function less(x, y)
    if #x ~= #y then return #x < #y end
    return x < y
  end
  if aMs ~= bMs then return less(aMs, bMs) end
  return less(aSequence, bSequence)
end

local oldest = nil
for _, group in ipairs(groups) do
  local info = {}
  for i = 1, #group, 2 do info[group[i]] = group[i + 1] end
  local needed = info['last-delivered-id']
  if info['pending'] > 0 then needed = redis.call('XPENDING', KEYS[1], info['name'])[2] end
  if not oldest or before(needed, oldest) then oldest = needed end
end
if not oldest then return 0 end
-- The last delivered entry itself stays: one entry, and no arithmetic on ids.
return redis.call('XTRIM', KEYS[1], 'MINID', oldest)
