import Foundation
import Testing

@testable import EmberPull

/// The texts of errors that the other tests do not read.
@Suite struct PullMessageTests {
    struct Odd: Error, CustomStringConvertible {
        let description: String
    }

    private static let url = "https://host.example/a.gguf"

    @Test(arguments: [
        (PullError.noSpace(needed: 3_221_225_472, free: 1_073_741_824, directory: "/m"), ["3.0 GiB", "1.0 GiB", "/m"]),
        (.insecure(url: url), [url, "https://"]),
        (.untrusted(url: url), [url, "clock"]),
        (.refused(url: url, status: 418), [url, "418"]),
        (.gaveUp(url: url, attempts: 6, reason: "lost", kept: 2048), [url, "6", "lost", "2.0 KiB", "same command"]),
        (.gaveUp(url: url, attempts: 6, reason: "lost", kept: 0), ["same command"]),
        (.wrongHash(name: "a.gguf", expected: "aa", actual: "bb"), ["a.gguf", "aa", "bb", "removed"]),
        (.differentFileThere(path: "/m/a", reason: "why"), ["/m/a", "why", "--replace", "--name"]),
        (.fileSystem(operation: "open", path: "/m/a", reason: "why"), ["open", "/m/a", "why"]),
        (.noPip(program: "python3"), ["python3", "pip"]),
        (.memberNotUnique(pattern: "*", package: "p==1", count: 0, examples: []), ["*", "p==1"]),
        (.memberNotUnique(pattern: "*", package: "p==1", count: 5, examples: ["a", "b"]), ["5", "a, b, ..."]),
        (.cancelled(kept: 0), ["stopped"]),
        (.cancelled(kept: 2048), ["2.0 KiB", "same command"]),
    ])
    func saysWhatHappenedAndWhatToDo(error: PullError, parts: [String]) {
        #expect(isOneLine(error))
        for part in parts { #expect(error.description.contains(part)) }
    }

    @Test func explainsErrorsOfTheConnection() throws {
        let url = try #require(URL(string: Self.url))
        #expect(throws: PullError.untrusted(url: Self.url)) {
            try TransientFailure(from: Odd(description: "x:CERTIFICATE_VERIFY_FAILED at y"), at: url)
        }
        let unknown = try TransientFailure(from: Odd(description: "SocketAddressError.UnknownHost"), at: url)
        #expect(unknown.reason.contains("host.example"))
        let long = try TransientFailure(from: Odd(description: String(repeating: "a\n", count: 500)), at: url)
        #expect(long.reason.count < 200 && !long.reason.contains("\n"))
        let passed = try TransientFailure(from: TransientFailure(reason: "r", wait: .seconds(3)), at: url)
        #expect(passed.reason == "r" && passed.wait == .seconds(3))
    }
}
