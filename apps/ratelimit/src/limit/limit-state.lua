-- What all scripts of limits begin with (limit-script.ts). Every number is whole and below 2^53; times are microseconds of
-- this server. What is kept of a limit, by the letter of its algorithm, is three numbers:
--   b      token bucket: the theoretical arrival time; its fraction; what was given back in all, modulo `wrap`
--   f, c   fixed and calendar window: its beginning; the count; 0
--   s      sliding counter: beginning of the window; its count; the count of the window before
--   l      log, and leases, which are entries that may be released: last time; sum in the window; where the cost has no
--          room, the time of the entry whose end makes it, else 0
-- A log is a zset of `time:cost` by time, beside `total` with minus the sum as its score. All others are strings of four
-- doubles, the last being the time at which the key expires: not before it would say no more than a key that is not there.
-- When a failover moves the clock back, what was counted at a later time than now counts on; beyond one length (or twice tau) it is
-- counted as of now instead, so that nobody waits for the old time: the only case in which a denial writes.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wrap = 1125899906842624
local pack, parse = struct.pack, struct.unpack

-- Most keys of a script expire together, and most writes leave that time as it is: both cost less than what they spare.
local lives = {}
local function keepNumbers(key, n1, n2, n3, till, kept)
  if till <= kept then
    redis.call('SET', key, pack('<dddd', n1, n2, n3, kept), 'KEEPTTL')
    return
  end
  local life = lives[till]
  if not life then
    local ttl = (till - now) / 1000
    life = string.format('%.0f', ttl - ttl % 1 + 1)
    lives[till] = life
  end
  redis.call('SET', key, pack('<dddd', n1, n2, n3, till), 'PX', life)
end

local function keptNumbers(value)
  if value then
    return parse('<dddd', value)
  end
  return 0, 0, 0, 0
end

-- floor(a * b / c) for b <= c < 2^45, exactly: where the product is beyond 2^53 by long division, seven bits a step.
local function shareOf(a, b, c)
  local product = a * b
  if product < 9007199254740992 then
    return (product - product % c) / c
  end
  local part, quotient, rest, bit = a % c, 0, 0, 4398046511104
  while bit >= 1 do
    local digit = math.floor(part / bit)
    part = part - digit * bit
    local sum = rest * 128 + digit * b
    quotient = quotient * 128 + math.floor(sum / c)
    rest = sum % c
    bit = bit / 128
  end
  return math.floor(a / c) * b + quotient
end
