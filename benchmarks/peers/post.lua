-- Sends requests that were signed beforehand, each once: a file of (length in 8 digits, request) pairs, from a byte on.
local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
file:seek("set", tonumber(os.getenv("FROM")))
local written, path = "POST /webhooks/zoom ", "POST " .. os.getenv("AT") .. " "
request = function()
  local length = file:read(8)
  if not length then
    file:seek("set", 0)
    length = file:read(8)
  end
  local text = file:read(tonumber(length))
  return path == written and text or path .. text:sub(#written + 1)
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %f %f %f %d %d\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
