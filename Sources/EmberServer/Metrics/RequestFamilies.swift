import EmberMetrics

/// What is measured of requests for inference. The first three are histograms of OpenTelemetry's semantic conventions
/// for generative AI, version 1.37.0: their names, attributes and buckets are the convention's.
enum RequestFamilies {
    private static let generation = [
        "gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model",
    ]

    static let duration = MetricFamily(
        "gen_ai_server_request_duration_seconds",
        .histogram([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]),
        "Seconds from the arrival of a request to the last byte of its answer, or to its error.",
        labels: generation + ["error_type"])

    static let firstToken = MetricFamily(
        "gen_ai_server_time_to_first_token_seconds",
        .histogram([
            0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
        ]),
        "Seconds from the arrival of a request to the first event of its stream; only of streams that ended well.",
        labels: generation, omitsZeros: true)

    static let perToken = MetricFamily(
        "gen_ai_server_time_per_output_token_seconds",
        .histogram([0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5]),
        "Seconds for each token of an answer after the first one.", labels: generation, omitsZeros: true)

    static let requests = MetricFamily(
        "ember_requests_total", .counter,
        "Requests that have ended, by where they ran (edge, cloud, none), their outcome (answered, failed, refused, "
            + "gone) and its reason.",
        labels: ["model", "service", "place", "outcome", "reason"])

    static let wait = MetricFamily(
        "ember_request_wait_seconds", .histogram([0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]),
        "Seconds from the arrival of a request until it was sent to an engine or an upstream.", labels: ["model"])

    static let promptTokens = MetricFamily(
        "ember_prompt_tokens_total", .counter, "Tokens of prompts, those included that an engine had already.",
        labels: ["model", "place"])

    static let reusedTokens = MetricFamily(
        "ember_reused_prompt_tokens_total", .counter, "Tokens of prompts that an engine did not compute again.",
        labels: ["model"])

    static let answerTokens = MetricFamily(
        "ember_answer_tokens_total", .counter, "Tokens of answers.", labels: ["model", "place"])

    static let tenantRequests = MetricFamily(
        "ember_tenant_requests_total", .counter, "Requests of a tenant that have ended.",
        labels: ["tenant", "outcome"])

    static let tenantTokens = MetricFamily(
        "ember_tenant_tokens_total", .counter, "Tokens of a tenant's requests, of prompts and of answers.",
        labels: ["tenant", "part"])

    static let keyRequests = MetricFamily(
        "ember_key_requests_total", .counter, "Requests with a key that have ended, by the key's name.",
        labels: ["key", "outcome"])

    static let keyTokens = MetricFamily(
        "ember_key_tokens_total", .counter, "Tokens of requests with a key, of prompts and of answers.",
        labels: ["key", "part"])

    static let responses = MetricFamily(
        "ember_http_responses_total", .counter, "Answers that clients were sent, by path and status.",
        labels: ["route", "code"], omitsZeros: true)

    static let all = [
        duration, firstToken, perToken, requests, wait, promptTokens, reusedTokens, answerTokens, tenantRequests,
        tenantTokens, keyRequests, keyTokens, responses,
    ]
}
