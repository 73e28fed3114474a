-- Sends requests that were signed beforehand, each once: a file of (length in 8 digits, request) pairs.
local requests, number = {}, 0
local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
while true do
  local length = file:read(8)
  if not length then break end
  number = number + 1
  requests[number] = file:read(tonumber(length))
end
file:close()
local at = tonumber(os.getenv("FROM"))
request = function()
  at = at % number + 1
  return requests[at]
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %f %f %f %d %d\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
