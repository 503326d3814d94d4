-- takeLimits(key, limits, asked): answers questions one after the other. Each takes from all of its limits or from none; a
-- denial writes nothing. Counters are read once before the first question and written once after the last.
-- KEYS from `key` to the last: the counters
-- limits: JSON, for each limit an array: its letter, whether it is in shadow, which never denies, and
--   b tau tau' parts          times are tau + tau' / parts: a unit need not take whole microseconds
--   f, s, l capacity length
--   c capacity b1 b2 b3 b4    the beginnings of the last window, this, the next one and the one after
-- asked: JSON, one array of numbers, for each question: 1 to take, 0 for a look, 2 for a look that comes out as a denial; how
--   many limits; then for each the position of the limit, of its counter, the cost, and the cost' of a bucket, else 0
-- Returns numbers: now; for each question 1 taken, 0 denied or -1 stale (nothing was written: the caller comes again), and for
-- each of its limits three numbers as they are afterwards, and 1 if it was charged, else 0

-- The counters, by position: what stands there, when the key expires, and until when it has to stay if it is to be written.
local v1, v2, v3, kept, ends = {}, {}, {}, {}, {}
local firstKey, logs
-- The question that is being answered, by position of its limits: the numbers with the cost, and until when to keep those;
-- whether there is room, and whether the clock has leapt.
local m1s, m2s, m3s, tills, rooms, leaps = {}, {}, {}, {}, {}, {}

-- Each of these returns the numbers as they are, as they would be with the cost, until when to keep those, whether there is
-- room, and whether the clock has leapt.
local weigh = {}

function weigh.b(limit, place, cost, costParts)
  local most, mostParts, parts, leapt = limit[3], limit[4], limit[5], false
  local n1, n2, n3 = v1[place], v2[place], v3[place]
  if n1 < now then
    n1, n2 = now, 0
  elseif n1 - now > 2 * most then
    -- Debt is at most one burst: what is later was counted by another clock.
    n1, n2, n3, leapt = now + most, mostParts, (n3 + n1 - now - most) % wrap, true
  end
  local m1, m2 = n1 + cost, n2 + costParts
  if m2 >= parts then
    m1, m2 = m1 + 1, m2 - parts
  end
  local room = m1 - now < most or (m1 - now == most and m2 <= mostParts)
  -- What was given back is remembered for as long as any charge can be due.
  local till = n3 == 0 and m1 or math.max(m1, now + most)
  -- Every request moves that time: it is set anew only when it was passed, and then for long enough.
  return n1, n2, n3, m1, m2, n3, till > kept[place] and till + most or till, room, leapt
end

local function weighWindow(limit, place, cost, begin, till, later)
  local n1, n2, leapt = v1[place], v2[place], false
  if n1 < begin then
    n1, n2 = begin, 0
  elseif n1 - begin > till - begin then
    n1, leapt = begin, true
  elseif n1 > begin then
    till = n1 == till and later or n1 + till - begin
  end
  local count = n2 + cost
  return n1, n2, 0, n1, count, 0, till, count <= limit[3], leapt
end

function weigh.f(limit, place, cost)
  local length = limit[4]
  local begin = now - now % length
  return weighWindow(limit, place, cost, begin, begin + length, begin + 2 * length)
end

-- Nothing where the caller's calendar is another.
function weigh.c(limit, place, cost)
  local begin, till, later = limit[4], limit[5], limit[6]
  if now >= till then
    begin, till, later = till, later, limit[7]
  end
  if now >= begin and now < till then
    return weighWindow(limit, place, cost, begin, till, later)
  end
end

function weigh.s(limit, place, cost)
  local length, leapt = limit[4], false
  local begin = now - now % length
  local n1, n2, n3 = v1[place], v2[place], v3[place]
  if n1 < begin then
    n1, n2, n3 = begin, 0, begin - n1 <= length and n2 or 0
  elseif n1 - begin > length then
    n1, leapt = begin, true
  end
  local count, over = n2 + cost, n3
  if n3 > 0 and now > n1 then
    over = n3 - shareOf(n3, now - n1, length)
  end
  return n1, n2, n3, n1, count, n3, n1 + 2 * length, count + over <= limit[3], leapt
end

-- Its numbers with the cost are known only once it is added: what `logs.add` is told, instead of them and a time.
function weigh.l(limit, place, cost)
  logs = logs or openLogs()
  local key, most, length = KEYS[firstKey + place - 1], limit[3], limit[4]
  local last, sum, freeing, ended = logs.read(key, length)
  local room, leapt = sum + cost <= most, last - now > length
  if leapt then
    last, freeing = now, room and 0 or now
  elseif not room and cost <= most then
    freeing = logs.freeing(key, ended, sum + cost - most)
  end
  return last, sum, freeing, cost, length, leapt, false, room, leapt
end

-- Makes the numbers with the cost those of the counters; `at`: of the question, `head`: of its answer.
local function take(asked, at, numbers, head)
  for index = 1, asked[at + 1] do
    if rooms[index] then
      local place, to, till = asked[at + 4 * index - 1], head + 4 * index - 3, tills[index]
      local m1, m2, m3 = m1s[index], m2s[index], m3s[index]
      if till then
        v1[place], v2[place], v3[place], ends[place] = m1, m2, m3, till
      else
        m1, m2, m3 = logs.add(KEYS[firstKey + place - 1], numbers[to], numbers[to + 1], m1, m2, m3)
      end
      numbers[to], numbers[to + 1], numbers[to + 2], numbers[to + 3] = m1, m2, m3, 1
    end
  end
end

local function keepLeaps(asked, at, numbers, head)
  for index = 1, asked[at + 1] do
    local place, to, till = asked[at + 4 * index - 1], head + 4 * index - 3, tills[index]
    if leaps[index] and till then
      v1[place], v2[place], v3[place], ends[place] = numbers[to], numbers[to + 1], numbers[to + 2], till
    elseif leaps[index] then
      logs.renew(KEYS[firstKey + place - 1], numbers[to + 1])
    end
  end
end

-- Appends the answer to `numbers`, and returns where the next question begins.
local function answer(limits, asked, at, numbers)
  local mode, count, head = asked[at], asked[at + 1], #numbers + 1
  local verdict = mode == 2 and 0 or 1
  numbers[head] = verdict
  for index = 1, count do
    local from, to = at + 4 * index - 2, head + 4 * index - 3
    local limit, cost, costParts = limits[asked[from]], asked[from + 2], asked[from + 3]
    local n1, n2, n3, m1, m2, m3, till, room, leapt = weigh[limit[1]](limit, asked[from + 1], cost, costParts)
    local free = cost == 0 and costParts == 0
    if not n1 then
      verdict, n1, n2, n3 = -1, 0, 0, 0
    elseif verdict == 1 and not (room or free or limit[2]) then
      verdict = 0
    end
    numbers[to], numbers[to + 1], numbers[to + 2], numbers[to + 3] = n1, n2, n3, 0
    m1s[index], m2s[index], m3s[index], tills[index] = m1, m2, m3, till
    rooms[index], leaps[index] = room and not free, leapt
  end
  numbers[head] = verdict
  if mode == 1 and verdict == 1 then
    take(asked, at, numbers, head)
  elseif mode == 1 and verdict == 0 then
    keepLeaps(asked, at, numbers, head)
  end
  return at + 2 + 4 * count
end

local function takeLimits(key, limitsText, askedText)
  local limits, asked, numbers, at = cjson.decode(limitsText), cjson.decode(askedText), { now }, 1
  local values = KEYS[key] and redis.call('MGET', unpack(KEYS, key)) or {}
  firstKey = key
  for place = 1, #values do
    v1[place], v2[place], v3[place], kept[place] = keptNumbers(values[place])
  end
  local last = #asked
  while at < last do
    at = answer(limits, asked, at, numbers)
  end
  for place, till in pairs(ends) do
    keepNumbers(KEYS[key + place - 1], v1[place], v2[place], v3[place], till, kept[place])
  end
  return numbers
end
