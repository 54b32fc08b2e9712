import Foundation
import Logging
import Testing

@testable import EmberEngine
@testable import EmberSystem

/// Generous, for slow and busy machines: a test that passes needs a fraction of it.
let patienceSeconds: Double = 60

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func shell(
    _ script: String, environment: [String: String] = [:], workingDirectory: String? = nil, grace: Double = 10
) async throws -> any ChildProcess {
    try await SystemProcesses(time: .system, random: .system).start(
        .init(
            program: "/bin/sh", arguments: ["-c", script], environment: environment,
            workingDirectory: workingDirectory, stopGraceSeconds: grace),
        logger: quietLogger)
}

/// Polls what has no event to await, such as the end of a process that is not a child.
func eventually(_ condition: () throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now.advanced(by: .seconds(patienceSeconds))
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try condition()
}

/// Whether a process exists and is not a zombie.
func isAlive(_ pid: Int32) -> Bool {
    #if os(Linux)
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        let state = stat.split(separator: ")").last?.split(separator: " ").first
        return state != "Z" && state != "X"
    #else
        return kill(pid, 0) == 0
    #endif
}

func openDescriptorCount() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count
}

/// Waits until the process has written a line "`label` NUMBER", and returns the number.
func announcedNumber(_ label: String, by output: () -> [String]) async throws -> Int32 {
    var number: Int32?
    let found = await eventually {
        let line = output().first { $0.hasPrefix(label + " ") }
        number = line.flatMap { Int32($0.dropFirst(label.count + 1)) }
        return number != nil
    }
    #expect(found, "no line \"\(label) NUMBER\" in \(output())")
    return try #require(number)
}

/// Waits until the process has written a line.
func wrote(_ line: String, _ output: () -> [String]) async -> Bool {
    await eventually { output().contains(line) }
}
