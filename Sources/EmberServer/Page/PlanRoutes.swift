import EmberCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// /ember/v1/plan: what the last hours would have cost otherwise, from the server's own log of events.
struct PlanRoutes {
    /// nil where events are not recorded.
    let runner: PlanRunner?

    private static let mostPolicies = 6
    private static let mostMemories = 8
    private static let mostLimits = 4

    private struct Body: Decodable {
        var hours: Double?
        var policies: [String]?
        var memories: [Double]?
        var cloudLimits: [Double]?
    }

    func add(to router: Router<EmberRequestContext>) {
        router.get("/ember/v1/plan") { _, _ in try json(["available": runner != nil]) }
        router.post("/ember/v1/plan") { request, _ in
            guard let runner else { throw Self.notRecorded }
            let wish = try await Self.wish(in: request)
            do throws(PlanRunner.Problem) {
                let text = try await runner.plan(wish)
                return Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: .init(byteBuffer: ByteBuffer(string: text)))
            } catch {
                throw APIError(error)
            }
        }
    }

    private static func wish(in request: Request) async throws -> PlanRunner.Wish {
        let body = try await request.body.collect(upTo: 64 << 10)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let told = body.readableBytes == 0 ? Body() : try? decoder.decode(Body.self, from: body) else {
            throw APIError.invalidRequest(
                "Write {\"hours\": 1, \"policies\": [NAME], \"memories\": [PERCENT], \"cloud_limits\": [MONEY]}, or "
                    + "leave out what is to be as usual.", param: "hours")
        }
        var wish = PlanRunner.Wish()
        wish.hours = try number(told.hours ?? 1, "hours", 0.01...168)
        wish.policies = told.policies ?? ["lru", "least-context-gated", "regret-forecast"]
        try count(wish.policies, "policies", mostPolicies)
        for name in wish.policies {
            do throws(PolicyError) { _ = try PolicyCatalog.entry(name) } catch {
                throw APIError.invalidRequest("\(error)", param: "policies", code: "policy_not_found")
            }
        }
        wish.memories = try (told.memories ?? wish.memories).map { try number($0, "memories", 1...10_000) }
        try count(wish.memories, "memories", mostMemories)
        wish.limits = try (told.cloudLimits ?? []).map { try number($0, "cloud_limits", 0...1e9) }
        try count(wish.limits, "cloud_limits", mostLimits)
        return wish
    }

    private static func number(
        _ value: Double, _ name: String, _ range: ClosedRange<Double>
    ) throws(APIError) -> Double {
        guard range.contains(value) else {
            throw .invalidRequest(
                "\(value) (\(name)) is not from \(range.lowerBound) to \(range.upperBound).", param: name)
        }
        return value
    }

    private static func count(_ values: [some Any], _ name: String, _ most: Int) throws(APIError) {
        guard values.count <= most else {
            throw .invalidRequest("\(values.count) values of \(name) are too many: write at most \(most).", param: name)
        }
    }

    private static var notRecorded: APIError {
        APIError(
            status: .conflict,
            message: "This server does not record its events, so there is nothing to plan from. Write events: {record: "
                + "true} into its configuration, and start it again.",
            type: "invalid_request_error", param: nil, code: "not_recorded")
    }
}

extension APIError {
    fileprivate init(_ problem: PlanRunner.Problem) {
        switch problem {
        case .busy:
            self.init(
                status: .conflict, message: "Another plan is being made. Ask again when it is done.",
                type: "invalid_request_error", code: "plan_under_way")
        case .ended:
            self.init(
                status: .serviceUnavailable,
                message: "The plan was ended, as requests were waiting: they come first. Ask again when it is quiet.",
                type: "server_error", code: "plan_ended")
            retryAfterSeconds = 5
        case .tookTooLong:
            self.init(
                status: .gatewayTimeout,
                message: "The plan took more than \(PlanRunner.limit / .seconds(1)) s and was ended. Ask for fewer "
                    + "hours, policies or sizes.",
                type: "server_error", code: "plan_too_long")
        case .failed(let reason):
            self.init(
                status: .internalServerError, message: "The plan could not be made: \(reason)", type: "server_error",
                code: "plan_failed")
        }
    }
}
