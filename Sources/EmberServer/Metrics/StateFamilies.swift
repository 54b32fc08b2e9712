import EmberMetrics

/// What is read at a scrape from those who own it.
enum StateFamilies {
    // MARK: The server

    static let build = gauge("ember_build_info", "1; the label is Ember's version.", ["version"])
    static let policy = gauge("ember_policy_info", "1; the label is the policy that decides.", ["policy"])
    static let uptime = gauge("ember_uptime_seconds", "Seconds since Ember's start.")
    static let memoryBudget = gauge("ember_memory_budget_bytes", "Memory that models may take.")
    static let memoryOccupied = gauge(
        "ember_memory_occupied_bytes", "Memory of models that load, are in memory or leave, as the planner counts it.")
    static let memoryCommitted = gauge(
        "ember_memory_committed_bytes", "The same, once all loads and unloads that were begun are done.")
    static let gpuBudget = gauge("ember_gpu_budget_bytes", "Memory of a GPU that models may take.", ["gpu"])
    static let gpuOccupied = gauge(
        "ember_gpu_occupied_bytes", "Memory of a GPU that models take, as the planner counts it.", ["gpu"])
    static let waiting = gauge("ember_queue_waiting_requests", "Requests that wait.")
    static let queueLimit = gauge("ember_queue_limit_requests", "Requests that may wait at most.")
    static let live = gauge("ember_live_requests", "Requests that were admitted and have not ended.")
    static let bodyRequests = gauge("ember_body_requests", "Requests whose body has arrived or is arriving.")
    static let bodyBytes = gauge(
        "ember_body_bytes", "Bytes of request bodies, in memory and in files.", ["place"])
    static let bodyLimit = gauge("ember_body_limit_bytes", "Bytes that request bodies may have together.")
    static let connections = gauge("ember_open_connections", "Connections of clients that are open.")
    static let connectionLimit = gauge("ember_connection_limit", "Connections of clients that may be open at most.")
    static let closedConnections = counter(
        "ember_closed_connections_total",
        "Connections refused (refused), closed for new ones (given_up), silent for too long (timed_out), or not "
            + "accepted for want of a descriptor (failed).", ["reason"])
    static let openDescriptors = gauge("process_open_fds", "Descriptors that Ember's process has open.")
    static let descriptorLimit = gauge("process_max_fds", "Descriptors that Ember's process may have open at most.")
    static let residentMemory = gauge(
        "process_resident_memory_bytes", "Memory that Ember's own process takes, without its engines.")

    // MARK: Models

    static let state = gauge(
        "ember_model_state", "1 of the state that a model is in: unloaded, loading, loaded, unloading, failed.",
        ["model", "state"])
    static let footprint = gauge(
        "ember_model_footprint_bytes", "Memory of a model with one request, as the planner counts it.", ["model"])
    static let measured = gauge(
        "ember_model_measured_bytes", "Memory that a model's process took when it was measured last.", ["model"])
    static let running = gauge("ember_model_running_requests", "Requests that a model works on.", ["model"])
    static let modelWaiting = gauge("ember_model_waiting_requests", "Requests that wait for a model.", ["model"])
    static let poolTokens = gauge(
        "ember_model_pool_tokens",
        "Tokens of a model's pool that running requests may come to have (reserved) and "
            + "that idle conversations have (held).", ["model", "use"])
    static let age = gauge(
        "ember_context_age_examples", "Age of Context of a service on a model, in examples.", ["service", "model"])
    static let held = gauge(
        "ember_context_held_examples", "Demonstrations that a model holds of a service.", ["service", "model"])

    // MARK: Cost

    static let cost = counter(
        "ember_cost_total", "The cost of the system by term, in seconds of waiting unless weights say otherwise.",
        ["term"])
    static let joules = counter(
        "ember_energy_joules_total", "Energy at the edge, and whether it is measured or modelled.", ["source"])
    static let billed = counter("ember_cloud_billed_total", "Money that upstreams have charged.")
    static let spent = gauge(
        "ember_cloud_spent", "Money spent or set aside in the present day and month (UTC).", ["period"])
    static let setAside = gauge("ember_cloud_set_aside", "Of that, what requests under way may cost at most.")
    static let budgetLeft = gauge(
        "ember_cloud_budget_left", "Money left of the budget of the present day and month (UTC).", ["period"])
    static let upstreamOpen = gauge(
        "ember_upstream_disabled", "1 of an upstream that is disabled after failures, else 0.", ["upstream"])
    static let upstreamFailures = gauge(
        "ember_upstream_failures_in_a_row", "Failures of an upstream since it last answered.", ["upstream"])

    static let server = [
        build, policy, uptime, memoryBudget, memoryOccupied, memoryCommitted, gpuBudget, gpuOccupied, waiting,
        queueLimit, live, bodyRequests, bodyBytes, bodyLimit, connections, connectionLimit, closedConnections,
        openDescriptors, descriptorLimit, residentMemory,
    ]
    static let models = [state, footprint, measured, running, modelWaiting, poolTokens, age, held]
    static let costs = [cost, joules, billed, spent, setAside, budgetLeft, upstreamOpen, upstreamFailures]

    static func gauge(_ name: String, _ help: String, _ labels: [String] = []) -> MetricFamily {
        MetricFamily(name, .gauge, help, labels: labels)
    }

    static func counter(_ name: String, _ help: String, _ labels: [String] = []) -> MetricFamily {
        MetricFamily(name, .counter, help, labels: labels)
    }
}
