-- Functions for logs, made only where a limit is one: see limit-state.lua.
local function openLogs()
  local logs = {}

  local function entry(at, cost)
    return string.format('%.0f:%.0f', at, cost)
  end

  local function costOf(member)
    return tonumber(string.match(member, ':(%d+)$'))
  end

  -- Returns the three numbers, the third 0, and how many entries have ended.
  function logs.read(key, length)
    local last = tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2] or 0)
    local ended = redis.call('ZRANGEBYSCORE', key, 1, math.max(now, last) - length)
    local sum = last > 0 and -tonumber(redis.call('ZSCORE', key, 'total')) or 0
    for index = 1, #ended do
      sum = sum - costOf(ended[index])
    end
    return last, sum, 0, #ended
  end

  -- The time of the oldest entry with whose end `missing` has ended.
  function logs.freeing(key, ended, missing)
    local rank = ended + 1
    repeat
      local page = redis.call('ZRANGE', key, rank, rank + 99, 'WITHSCORES')
      for index = 1, #page, 2 do
        missing = missing - costOf(page[index])
        if missing <= 0 then
          return tonumber(page[index + 1])
        end
      end
      rank = rank + 100
    until #page == 0
    return 0
  end

  -- After a leap of the clock all entries become one, made now; the key expires when it would have.
  function logs.renew(key, sum)
    redis.call('ZADD', key, -sum, 'total', now, entry(now, sum))
    redis.call('ZREMRANGEBYSCORE', key, '(' .. string.format('%.0f', now), '+inf')
  end

  -- Returns the three numbers.
  function logs.add(key, last, sum, cost, length, leapt)
    if leapt then
      logs.renew(key, sum)
    end
    redis.call('ZREMRANGEBYSCORE', key, 1, math.max(now, last) - length)
    local at = math.max(now, last + 1)
    redis.call('ZADD', key, -sum - cost, 'total', at, entry(at, cost))
    redis.call('PEXPIRE', key, math.floor((at + length - now) / 1000) + 1)
    return at, sum + cost, 0
  end

  -- Returns the three numbers.
  function logs.change(key, at, old, new, length)
    local last, sum = logs.read(key, length)
    if old == 0 and new > 0 then
      return logs.add(key, last, sum, new, length)
    elseif old ~= new and redis.call('ZREM', key, entry(at, old)) == 1 then
      redis.call('ZINCRBY', key, old - new, 'total')
      if new > 0 then
        redis.call('ZADD', key, at, entry(at, new))
      end
    end
    return logs.read(key, length)
  end

  return logs
end
