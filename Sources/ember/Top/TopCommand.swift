import ArgumentParser
import EmberServer
import EmberSystem
import Foundation
import Synchronization

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch a running Ember: memory, models, requests, costs, decisions.",
        discussion: """
            The screen is drawn every second; q or Ctrl-C leaves it. A terminal of 80 columns and 24 lines suffices, a larger one \
            shows more. --json writes the whole state as a line of JSON every second, for other programs. A key, where one is \
            needed, is taken from $EMBER_KEY. NO_COLOR=1 leaves out colours.
            """)

    @OptionGroup var running: RunningEmberOptions

    @Flag(help: "Write the state as one line of JSON every second.")
    var json = false

    @Flag(help: "Show or write it once, and end.")
    var once = false

    private static let interval = Duration.seconds(1)

    func run() async throws {
        let ember = try running.connect()
        // What is wrong from the start ends the command; later, it is shown.
        let first = try await ember.state()
        if json { return try await stream(first, from: ember) }
        if once {
            let size = ScreenSize.ofOutput ?? ScreenSize(columns: 100, lines: .max)
            let frame = TopFrame(
                first, since: nil, problem: nil, in: ScreenSize(columns: size.columns, lines: .max), at: running.listen)
            return try Terminal.write(frame.text(ScreenStyle.ofOutput))
        }
        guard Terminal.isConversation else {
            throw CommandFailure("ember top draws on a terminal, and this is none: write --once or --json")
        }
        try await watch(ember, first)
    }

    private func stream(_ first: StateView, from ember: RunningEmber) async throws {
        var state = first
        while true {
            try Terminal.write(try Self.line(of: state) + "\n")
            if once { return }
            try await Surroundings.system.time.sleep(for: Self.interval)
            state = try await ember.state()
        }
    }

    private static func line(of state: StateView) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(state), as: UTF8.self)
    }

    private func watch(_ ember: RunningEmber, _ first: StateView) async throws {
        let watching = Mutex<Task<Void, any Error>?>(nil)
        let screen = try Screen { watching.withLock { $0?.cancel() } }
        defer { screen.leave() }
        let task = Surroundings.system.time.later { try await draw(ember, first, on: screen) }
        watching.withLock { $0 = task }
        // An order to leave may have come before the task was there to be cancelled.
        if screen.isLeft { task.cancel() }
        do { try await task.value } catch is CancellationError {}
    }

    /// Draws until the task is cancelled.
    private func draw(_ ember: RunningEmber, _ first: StateView, on screen: Screen) async throws {
        let time = Surroundings.system.time
        var (state, before) = (first, StateView?.none)
        var problem: String?
        var due = time.now
        while true {
            try screen.draw(
                TopFrame(state, since: before, problem: problem, in: screen.size, at: running.listen))
            // Another size is drawn at once.
            let isDue = try await screen.resized(within: due.duration(to: time.now) + Self.interval) == false
            guard isDue else { continue }
            due = time.now
            do {
                let next = try await ember.state()
                (before, state, problem) = (state, next, nil)
            } catch let error as CancellationError {
                throw error
            } catch {
                problem = "\(error)"
            }
        }
    }
}
