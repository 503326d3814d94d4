-- Stands before every script that finds or changes a session.

-- Whether an asker may see a session. asker: '*' every session; '=<user>' that user's and those of nobody;
-- '!<user>' that user's alone; '-' those of nobody. owner: '' when the session has no user.
local function admits(asker, owner)
  local kind = asker:sub(1, 1)
  if kind == '*' then return true end
  if owner == '' then return kind ~= '!' end
  return kind ~= '-' and asker:sub(2) == owner
end

-- Milliseconds since 1970 as text; never less than `last`: a failover can move the clock back.
local function nowMs(last)
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  return string.format('%.0f', math.max(now, tonumber(last or 0) or 0))
end

-- All keys of a session go at the same moment, `ttl` milliseconds from now; meta is the first of them.
local function prolong(now, ttl, meta, ...)
  local expires = string.format('%.0f', tonumber(now) + tonumber(ttl))
  redis.call('HSET', meta, 'updated', now, 'expires', expires)
  for _, key in ipairs({ meta, ... }) do redis.call('PEXPIREAT', key, expires) end
  return expires
end

-- Hands a change to the archive: '<born>|<number>|<kind>|<seq>|<at>|<user as JSON>', a line feed, the rest as JSON.
-- The numbers of one session have no gaps, so that whoever writes them can tell what is written already.
local function tell(outbox, meta, born, user, kind, seq, now, json)
  local number = redis.call('HINCRBY', meta, 'records', 1)
  local head = table.concat({ born, number, kind, seq, now, cjson.encode(user) }, '|')
  redis.call('RPUSH', outbox, head .. '\n' .. json)
  -- Thirty days: an archive that cannot write for so long does not fill Redis for ever.
  redis.call('PEXPIRE', outbox, 2592000000)
end
