-- Adds to a cache's counters of one day; a use of a model counts there, and whoever reads sums over the models.
-- Models beyond the bound are counted together as 'other', so that invented names cannot grow the hash.
-- KEYS[1] statistics, a hash: `<counter>@<model>`, or `<counter>` for a use of no model → integer, `models` → how many models it holds
-- ARGV[1] model, or empty; ARGV[2] maxModels; ARGV[3] ttlMs; ARGV[4] increments: `counter,amount,counter,amount…`
-- Reply: 1
local day = KEYS[1]
local model = ARGV[1]
if model ~= '' and redis.call('HEXISTS', day, 'seen@' .. model) == 0 then
  if tonumber(redis.call('HGET', day, 'models') or '0') >= tonumber(ARGV[2]) then
    model = 'other'
  end
  if redis.call('HSETNX', day, 'seen@' .. model, 1) == 1 then
    redis.call('HINCRBY', day, 'models', 1)
  end
end

local suffix = model == '' and '' or '@' .. model
for counter, amount in string.gmatch(ARGV[4], '([^,]+),(%d+)') do
  redis.call('HINCRBY', day, counter .. suffix, amount)
end

if redis.call('PTTL', day) < 0 then
  redis.call('PEXPIRE', day, ARGV[3])
end
return 1
