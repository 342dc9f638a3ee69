-- The requests of a file, in turn, for wrk; the last line it prints is JSON.
--
--   LYCEUM_LOAD_REQUESTS=FILE LYCEUM_LOAD_KEY=KEY wrk -s mix.lua URL

local texts = {}
local place = 0

-- Each thread has its own copy of all this and begins at another request.
local threads = 0
function setup(thread)
    thread:set("offset", threads * 997)
    threads = threads + 1
end

function init(args)
    local headers = { ["X-Purpose"] = os.getenv("LYCEUM_LOAD_PURPOSE") or "advising", ["Host"] = "localhost" }
    local key = os.getenv("LYCEUM_LOAD_KEY")
    if key then headers["Authorization"] = "Bearer " .. key end
    for line in io.lines(os.getenv("LYCEUM_LOAD_REQUESTS")) do
        local method, path, body = line:match("^([^\t]+)\t([^\t]+)\t?(.*)$")
        if method then
            if body == "" then
                headers["Content-Type"] = nil
                texts[#texts + 1] = wrk.format(method, path, headers)
            else
                headers["Content-Type"] = "application/json"
                texts[#texts + 1] = wrk.format(method, path, headers, body)
            end
        end
    end
    place = offset
end

function request()
    place = place + 1
    return texts[place % #texts + 1]
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.3f,"per_second":%.1f,"not_2xx":%d,"socket_errors":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
        summary.requests, summary.duration / 1e6, summary.requests / (summary.duration / 1e6), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
