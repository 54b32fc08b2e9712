import EmberDocument
import Testing

@testable import EmberConfig

/// How long saved states stay: a time, none or unlimited.
@Suite struct StateKeepTests {
    @Test(arguments: [("none", 0), ("unlimited", Double.infinity), ("90m", 5400), ("1d12h", 129_600), ("250ms", 0.25)])
    func isReadAndWritten(_ text: String, _ seconds: Double) throws {
        let keep = try StateKeep.parse(text)
        #expect(keep.seconds == seconds)
        #expect(try StateKeep.parse(keep.text) == keep)
    }

    @Test(arguments: ["", "0", "0s", "7", "-1h", "never", "None", "1h none", "101000d"])
    func anythingElseIsAnError(_ text: String) {
        #expect(throws: QuantityError.self) { try StateKeep.parse(text) }
    }

    @Test func theShorterOfTwoIsTheLesser() {
        #expect(min(.unlimited, StateKeep(seconds: 5)) == StateKeep(seconds: 5))
        #expect(min(StateKeep(seconds: 5), .none) == .none && StateKeep(seconds: -3) == .none)
    }

    @Test func aBadOneIsToldWithItsFix() {
        let problem = problem(in: "context: {keep: 5}\nmodels: {m: {path: m.gguf}}")
        #expect(
            problem?.contains("context.keep") == true && problem?.contains("none, unlimited") == true,
            "\(problem ?? "")")
    }

    private func problem(in text: String) -> String? {
        do {
            _ = try TestReader().read(text)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
