-- takeLimits(key, arg): takes from all limits or from none; a denial writes nothing.
-- KEYS from `key` to the last: the limits
-- ARGV from `arg`: 'take', 'peek', or 'deny', a look that comes out as a denial; then for each limit, with a capital letter for
--   one in shadow, which never denies,
--   b cost tau                     cost and tau as times
--   r cost tau cost' tau' parts    the same with fractions of a microsecond: cost + cost' / parts, tau + tau' / parts
--   f, s, l cost capacity length
--   c cost capacity b1 b2 b3 b4    the beginnings of the last window, this, the next one and the one after
-- Returns numbers: 1 taken, 0 denied, -1 stale (write nothing, return it: the caller comes again); now; three for each limit,
-- as it is afterwards; the positions (from 1) of limits in shadow that had no room and were charged nothing

-- Each of these returns the numbers as they are, as they would be with the cost, until when to keep those, whether there is
-- room, and whether the clock has leapt.

local function bucketWith(at, n1, n2, n3, fractions)
  local cost, most, costParts, mostParts, parts, leapt = ARGV[at + 1] + 0, ARGV[at + 2] + 0, 0, 0, 1, false
  if fractions then
    costParts, mostParts, parts = ARGV[at + 3] + 0, ARGV[at + 4] + 0, ARGV[at + 5] + 0
  end
  if n1 < now then
    n1, n2 = now, 0
  elseif n1 - now > most then
    n1, n2, n3, leapt = now + most, mostParts, (n3 + n1 - now - most) % wrap, true
  end
  local m1, m2 = n1 + cost, n2 + costParts
  if m2 >= parts then
    m1, m2 = m1 + 1, m2 - parts
  end
  local room = m1 - now < most or (m1 - now == most and m2 <= mostParts)
  -- What was given back is remembered for as long as any charge can be due.
  return n1, n2, n3, m1, m2, n3, n3 == 0 and m1 or now + most, room, leapt
end

local function windowWith(at, n1, n2, begin, ends, later)
  local leapt = false
  if n1 < begin then
    n1, n2 = begin, 0
  elseif n1 - begin > ends - begin then
    n1, leapt = begin, true
  elseif n1 > begin then
    ends = n1 == ends and later or n1 + ends - begin
  end
  local count = n2 + ARGV[at + 1]
  return n1, n2, 0, n1, count, 0, ends, count <= ARGV[at + 2] + 0, leapt
end

local function calendarWith(at, n1, n2)
  local begin, ends, later = ARGV[at + 3] + 0, ARGV[at + 4] + 0, ARGV[at + 5] + 0
  if now >= ends then
    begin, ends, later = ends, later, ARGV[at + 6] + 0
  end
  if now >= begin and now < ends then
    return windowWith(at, n1, n2, begin, ends, later)
  end
end

local function counterWith(at, n1, n2, n3)
  local length, leapt = ARGV[at + 3] + 0, false
  local begin = now - now % length
  if n1 < begin then
    n1, n2, n3 = begin, 0, begin - n1 <= length and n2 or 0
  elseif n1 - begin > length then
    n1, leapt = begin, true
  end
  local count, over = n2 + ARGV[at + 1], n3
  if n3 > 0 and now > n1 then
    over = n3 - shareOf(n3, now - n1, length)
  end
  return n1, n2, n3, n1, count, n3, n1 + 2 * length, count + over <= ARGV[at + 2] + 0, leapt
end

-- Its numbers with the cost are known only once it is added: what `logs.add` is told, instead of them and a time.
local function logWith(at, key, logs)
  local cost, most, length = ARGV[at + 1] + 0, ARGV[at + 2] + 0, ARGV[at + 3] + 0
  local last, sum, freeing, ended = logs.read(key, length)
  local room, leapt = sum + cost <= most, last - now > length
  if leapt then
    last, freeing = now, room and 0 or now
  elseif not room and cost <= most then
    freeing = logs.freeing(key, ended, sum + cost - most)
  end
  return last, sum, freeing, cost, length, leapt, false, room, leapt
end

local function limitWith(letter, at, key, value, logs)
  if letter == 'l' then
    return logWith(at, key, logs)
  end
  local n1, n2, n3 = keptNumbers(value)
  if letter == 'b' or letter == 'r' then
    return bucketWith(at, n1, n2, n3, letter == 'r')
  elseif letter == 's' then
    return counterWith(at, n1, n2, n3)
  elseif letter == 'c' then
    return calendarWith(at, n1, n2)
  end
  local length = ARGV[at + 3] + 0
  local begin = now - now % length
  return windowWith(at, n1, n2, begin, begin + length, begin + 2 * length)
end

local function takeAll(charges, numbers, key, logs)
  for index, charge in pairs(charges) do
    local place, limit = 3 * index, KEYS[key + index - 1]
    local m1, m2, m3, till = charge[1], charge[2], charge[3], charge[4]
    if till then
      keepNumbers(limit, m1, m2, m3, till)
    else
      m1, m2, m3 = logs.add(limit, numbers[place], numbers[place + 1], m1, m2, m3)
    end
    numbers[place], numbers[place + 1], numbers[place + 2] = m1, m2, m3
  end
end

local function keepLeaps(leaps, numbers, key, logs)
  for index, till in pairs(leaps) do
    local place, limit = 3 * index, KEYS[key + index - 1]
    if till then
      keepNumbers(limit, numbers[place], numbers[place + 1], numbers[place + 2], till)
    else
      logs.renew(limit, numbers[place + 1])
    end
  end
end

local function takeLimits(key, arg)
  local mode, values = ARGV[arg], KEYS[key] and redis.call('MGET', unpack(KEYS, key)) or {}
  local numbers, widths = { mode == 'deny' and 0 or 1, now }, { b = 3, r = 6, f = 4, s = 4, l = 4, c = 7 }
  local charges, leaps, skipped, logs = {}, {}, {}, nil
  local at = arg + 1
  for index = 1, #values do
    local letter, place = ARGV[at], 3 * index
    local shadow = letter < 'a'
    letter = shadow and string.lower(letter) or letter
    logs = logs or (letter == 'l' and openLogs())
    local n1, n2, n3, m1, m2, m3, till, room, leapt = limitWith(letter, at, KEYS[key + index - 1], values[index], logs)
    if not n1 then
      return { -1, now }
    end
    numbers[place], numbers[place + 1], numbers[place + 2] = n1, n2, n3
    local free = ARGV[at + 1] == '0' and (letter ~= 'r' or ARGV[at + 3] == '0')
    if room and not free then
      charges[index] = { m1, m2, m3, till }
    elseif not free and shadow then
      skipped[#skipped + 1] = index
    elseif not free then
      numbers[1] = 0
    end
    if leapt then
      leaps[index] = till
    end
    at = at + widths[letter]
  end
  if mode == 'take' and numbers[1] == 1 then
    takeAll(charges, numbers, key, logs)
    for index = 1, #skipped do
      numbers[#numbers + 1] = skipped[index]
    end
  elseif mode == 'take' then
    keepLeaps(leaps, numbers, key, logs)
  end
  return numbers
end
