-- changeLimits(key, arg): makes charges of one cost into charges of another, where they have been made; what is over stays.
-- KEYS from `key`: the limits
-- ARGV from `arg`: how many; then for each its letter (f for calendar windows, too), the length of its window or tau, the first
--   and third number of its charge, and of a bucket: what to give back, what to take more; of others: the old cost, the new one.
--   What cost nothing then may have been the first of its window: the old cost 0 may have left no key. A log charges it now.
-- Returns numbers: now; three for each limit, as kept
local function changeBucket(key, most, due, given, less, more)
  local n1, n2, n3, kept = keptNumbers(redis.call('GET', key))
  if n1 < now then
    n1, n2 = now, 0
  end
  -- No more than what was not refilled meanwhile is given back. What is taken beyond an empty bucket is owed, up to one burst.
  less = math.max(0, math.min(less, due - (n3 - given) % wrap - now, n1 - now))
  if less > 0 or more > 0 then
    n1, n3 = math.min(n1 - less + more, now + 2 * most), (n3 + less) % wrap
    keepNumbers(key, n1, n2, n3, n3 == 0 and n1 or math.max(n1, now + most), kept)
  end
  return n1, n2, n3
end

local function changeWindow(key, length, begin, old, new)
  local n1, n2, _, kept = keptNumbers(redis.call('GET', key))
  if n1 < begin and now < begin + length then
    n1, n2 = begin, 0
  end
  if n1 == begin and old ~= new then
    n2 = math.max(0, n2 + new - old)
    keepNumbers(key, n1, n2, 0, begin + length, kept)
  end
  return n1, n2, 0
end

local function changeCounter(key, length, begin, old, new)
  local n1, n2, n3, kept = keptNumbers(redis.call('GET', key))
  if n1 < begin and now < begin + 2 * length then
    n1, n2, n3 = begin, 0, n1 == begin - length and n2 or 0
  end
  if n1 == begin then
    n2 = math.max(0, n2 + new - old)
  elseif n1 == begin + length then
    n3 = math.max(0, n3 + new - old)
  end
  if old ~= new and (n1 == begin or n1 == begin + length) then
    keepNumbers(key, n1, n2, n3, n1 + 2 * length, kept)
  end
  return n1, n2, n3
end

local function changeLimits(key, arg)
  local numbers, logs = { now }, nil
  for index = 1, tonumber(ARGV[arg]) do
    local place, at, limit = 3 * index - 1, arg + 6 * index - 5, KEYS[key + index - 1]
    local letter, length, first, third = ARGV[at], ARGV[at + 1] + 0, ARGV[at + 2] + 0, ARGV[at + 3] + 0
    local from, to = ARGV[at + 4] + 0, ARGV[at + 5] + 0
    local n1, n2, n3
    if letter == 'b' then
      n1, n2, n3 = changeBucket(limit, length, first, third, from, to)
    elseif letter == 'l' then
      logs = logs or openLogs()
      n1, n2, n3 = logs.change(limit, first, from, to, length)
    elseif letter == 's' then
      n1, n2, n3 = changeCounter(limit, length, first, from, to)
    else
      n1, n2, n3 = changeWindow(limit, length, first, from, to)
    end
    numbers[place], numbers[place + 1], numbers[place + 2] = n1, n2, n3
  end
  return numbers
end

-- All digits of whole numbers, parted by blanks: a record keeps numbersText(takeLimits(...)).
local function numbersText(numbers)
  local text = {}
  for index = 1, #numbers do
    text[index] = string.format('%.0f', numbers[index])
  end
  return table.concat(text, ' ')
end

-- Eight bytes each: a reply that costs less to read than as many numbers.
local function numbersBytes(numbers)
  return pack('<' .. string.rep('d', #numbers), unpack(numbers))
end
