import EmberCore
import EmberSystem
import Foundation
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import EmberServer

/// Plans for the page, made by another process.
@Suite struct PlanRunnerTests {
    /// Programs that end when the gate is opened, or are cancelled.
    private final class PlayedPrograms: Processes {
        let gate = Gate()
        let runs = Mutex<[ProgramRun]>([])
        let output: ProgramOutput

        init(_ output: ProgramOutput = ProgramOutput(succeeded: true, text: #"{"rows":[]}"#, errors: "")) {
            self.output = output
        }

        func start(_ command: ChildCommand, logger: Logger) async throws(ChildProcessError) -> any ChildProcess {
            throw .cannotStart("it is only played")
        }

        func run(_ program: ProgramRun) async throws(ProgramProblem) -> ProgramOutput {
            runs.withLock { $0.append(program) }
            guard await gate.wait() else { throw .failed("ended") }
            return output
        }
    }

    private static let program = PlanProgram(
        path: "/bin/ember", logs: "/logs", environment: ["HOME": "/root", "EMBER_KEY": "secret"])

    private static func station(_ programs: PlayedPrograms) throws -> Station {
        var surroundings = Surroundings.system
        surroundings.processes = programs
        return try Station([edgeModel("m")], surroundings: surroundings)
    }

    private static func post(_ body: String, _ client: any TestClientProtocol) async throws -> TestResponse {
        try await client.post("/ember/v1/plan", body)
    }

    @Test func aPlanIsMadeByThisProgramWithTheLog() async throws {
        let programs = PlayedPrograms()
        programs.gate.open()
        try await serve(try Self.station(programs), settings: { $0.plans = Self.program }) { client async throws in
            let body = #"{"hours":2.5,"policies":["lru","gdsf"],"memories":[50,100],"cloud_limits":[1]}"#
            let answer = try await Self.post(body, client)
            #expect(answer.status == .ok && answer.text == #"{"rows":[]}"#)
            #expect(try await Self.post("", client).status == .ok)
        }
        let run = try #require(programs.runs.withLock { $0.first })
        #expect(run.program == "/bin/ember" && run.environment == ["HOME": "/root"])
        let expected = [
            "plan", "--json", "--background", "--jobs", "1", "--log", "/logs", "--last", "2.5", "--policies",
            "lru,gdsf", "--memories", "50.0,100.0", "--cloud-limit", "1.0",
        ]
        #expect(run.arguments == expected)
    }

    @Test(
        arguments: [
            (#"{"hours":0}"#, "hours"), (#"{"hours":"many"}"#, "hours"), (#"{"policies":["best"]}"#, "policies"),
            (#"{"policies":["lru,--config=/etc/passwd"]}"#, "policies"), (#"{"memories":[-1]}"#, "memories"),
            (#"{"memories":[1,2,3,4,5,6,7,8,9]}"#, "memories"), (#"{"cloud_limits":[1,2,3,4,5]}"#, "cloud_limits"),
            (#"{"cloud_limits":[1e400]}"#, "hours"), ("[]", "hours"),
        ])
    func whatCannotBeTriedIsRefused(_ body: String, _ param: String) async throws {
        let programs = PlayedPrograms()
        try await serve(try Self.station(programs), settings: { $0.plans = Self.program }) { client async throws in
            let answer = try await Self.post(body, client)
            #expect(answer.status == .badRequest, "\(answer.text)")
            #expect(try answer.error().param == param)
        }
        #expect(programs.runs.withLock { $0.isEmpty })
    }

    @Test func onlyOneIsMadeAtATime() async throws {
        let programs = PlayedPrograms()
        let station = try Self.station(programs)
        let runner = PlanRunner(Self.program, station.coordinator)
        let first = Task { try await runner.plan(.init()) }
        #expect(await eventually { programs.runs.withLock { $0.count } == 1 })
        await #expect(throws: PlanRunner.Problem.busy) { try await runner.plan(.init()) }
        programs.gate.open()
        #expect(try await first.value == #"{"rows":[]}"#)
        #expect(try await runner.plan(.init()) == #"{"rows":[]}"#)
    }

    /// Requests come first.
    @Test func aRequestThatWaitsEndsIt() async throws {
        let programs = PlayedPrograms()
        let station = try Self.station(programs)
        let runner = PlanRunner(Self.program, station.coordinator)
        let first = await station.run("m")
        #expect(first.outcome.route != nil)
        let plan = Task { try await runner.plan(.init()) }
        #expect(await eventually { programs.runs.withLock { $0.count } == 1 })
        // The model runs one request at a time.
        let waiting = await station.admit("m")
        await #expect(throws: PlanRunner.Problem.ended) { try await plan.value }
        await station.coordinator.cancel(waiting.ticket)
        await station.coordinator.finish(first.ticket, tokens: 1)
    }

    @Test func aDrainEndsItAndAFailureIsReported() async throws {
        let programs = PlayedPrograms()
        let station = try Self.station(programs)
        let runner = PlanRunner(Self.program, station.coordinator)
        let plan = Task { try await runner.plan(.init()) }
        #expect(await eventually { programs.runs.withLock { $0.count } == 1 })
        await station.coordinator.beginDrain()
        await #expect(throws: PlanRunner.Problem.ended) { try await plan.value }

        let failing = PlayedPrograms(
            ProgramOutput(succeeded: false, text: "", errors: "warning: x\nError: the log is damaged\n"))
        failing.gate.open()
        let other = PlanRunner(Self.program, try Self.station(failing).coordinator)
        await #expect(throws: PlanRunner.Problem.failed("the log is damaged")) { try await other.plan(.init()) }
    }

    @Test func withoutALogThereIsNoPlan() async throws {
        try await serve(try Station([edgeModel("m")])) { client async throws in
            #expect(try await client.get("/ember/v1/plan").text == #"{"available":false}"#)
            let answer = try await Self.post("", client)
            #expect(answer.status == .conflict)
            #expect(try answer.error().code == "not_recorded")
        }
    }
}
