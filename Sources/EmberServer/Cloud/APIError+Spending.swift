extension APIError {
    /// nil where the request may have been sent.
    static func unsent(to target: CloudTarget, _ error: any Error) -> APIError? {
        guard let problem = error as? SpendingNotRecorded else { return nil }
        return APIError(
            status: .serviceUnavailable,
            message: "What this request may cost cannot be written down, so it is not sent to upstream "
                + "'\(target.upstream.name)': \(problem.reason).",
            type: "server_error", code: "spending_not_recorded", retryAfterSeconds: 5)
    }
}
