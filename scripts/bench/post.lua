-- wrk's script: posts the file given as its first argument, with the key that is the second, and prints the figures as one
-- line of JSON.
function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    wrk.method = "POST"
    wrk.headers["content-type"] = "application/json"
    wrk.headers["authorization"] = "Bearer " .. arguments[2]
    wrk.body = file:read("*a")
    file:close()
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'FIGURES {"p50_us": %d, "p99_us": %d, "requests": %d, "duration_us": %d, "errors": %d}\n',
        latency:percentile(50), latency:percentile(99), summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
