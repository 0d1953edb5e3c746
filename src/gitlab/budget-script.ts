/**
 * A token bucket in one hash, on the clock of Redis. Its burst is a quarter of the limit and it refills at three quarters
 * of it a minute, so that no minute of GitLab's sees more than the limit.
 *
 * KEYS[1] the hash. ARGV: tokens wanted, calls a minute (0: as stored), calls that GitLab says are left (-1: unknown),
 * then pairs of a scope and how long it pauses in milliseconds. Reply: tokens granted (-1: no limit), milliseconds until
 * the next token, then pairs of a paused scope and the milliseconds left of its pause.
 */
export const budgetScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HGETALL', KEYS[1])
local state = {}
for i = 1, #stored, 2 do state[stored[i]] = stored[i + 1] end

for i = 4, #ARGV, 2 do
  local field = 'pause:' .. ARGV[i]
  local ends = now + tonumber(ARGV[i + 1])
  if ends > tonumber(state[field] or 0) then
    state[field] = ends
    redis.call('HSET', KEYS[1], field, ends)
  end
end

local granted, wait = -1, 0
local limit = tonumber(ARGV[2])
if limit == 0 then limit = tonumber(state.limit or 0) end
if limit > 0 then
  local burst = math.max(1, limit / 4)
  local refill = limit * 0.75 / 60000
  local tokens = math.min(burst, tonumber(state.tokens or burst) + (now - tonumber(state.at or now)) * refill)
  local left = tonumber(ARGV[3])
  if left >= 0 then tokens = math.min(tokens, left) end
  granted = math.min(tonumber(ARGV[1]), math.floor(tokens))
  if granted < 1 then granted, wait = 0, math.max(1, math.ceil((1 - tokens) / refill)) end
  redis.call('HSET', KEYS[1], 'tokens', tokens - granted, 'at', now, 'limit', limit)
end

local reply = {granted, wait}
local longest = 3600000
for field, ends in pairs(state) do
  if string.sub(field, 1, 6) == 'pause:' then
    local rest = tonumber(ends) - now
    if rest > 0 then
      reply[#reply + 1] = string.sub(field, 7)
      reply[#reply + 1] = math.ceil(rest)
      longest = math.max(longest, rest)
    else
      redis.call('HDEL', KEYS[1], field)
    end
  end
end
if limit > 0 or #reply > 2 then redis.call('PEXPIRE', KEYS[1], math.ceil(longest)) end
return reply
`
