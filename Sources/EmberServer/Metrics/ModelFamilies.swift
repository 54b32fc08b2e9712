import EmberMetrics

/// What is counted of models and their engines as it happens.
enum ModelFamilies {
    private static let seconds: [Double] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

    static let hits = MetricFamily(
        "ember_model_hits_total", .counter, "Requests that found their model in memory when they arrived.",
        labels: ["model"])

    static let misses = MetricFamily(
        "ember_model_misses_total", .counter, "Requests that did not find their model in memory when they arrived.",
        labels: ["model"])

    static let loads = MetricFamily(
        "ember_model_loads_total", .counter, "Loads that have begun, restarts after a failure included.",
        labels: ["model"])

    static let loadSeconds = MetricFamily(
        "ember_model_load_seconds", .histogram(seconds), "Seconds that loads have taken which succeeded.",
        labels: ["model"])

    static let unloads = MetricFamily(
        "ember_model_unloads_total", .counter,
        "Models that left memory, by reason: evicted, idle, requested, over_budget.", labels: ["model", "reason"])

    static let failures = MetricFamily(
        "ember_engine_failures_total", .counter,
        "Engines that failed: did not start (start), ended by themselves (died), or took too much memory "
            + "(over_budget).",
        labels: ["model", "kind"])

    static let admissions = MetricFamily(
        "ember_admissions_total", .counter,
        "Decisions about memory, by outcome: admitted, gated, no_room, shed.", labels: ["outcome"])

    static let ageAtEviction = MetricFamily(
        "ember_context_age_at_eviction_examples", .histogram([0, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100]),
        "Age of Context of models when they were evicted, in examples.")

    static let residency = MetricFamily(
        "ember_residency_seconds", .histogram([1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]),
        "Seconds that models had been in memory when they left it.")

    static let prediction = MetricFamily(
        "ember_prediction_ratio", .histogram([0.1, 0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 4, 10]),
        "What was measured, divided by what Ember had expected: load and answer in seconds, memory in bytes, reuse in "
            + "tokens.",
        labels: ["what"])

    static let all = [
        hits, misses, loads, loadSeconds, unloads, failures, admissions, ageAtEviction, residency, prediction,
    ]
}
