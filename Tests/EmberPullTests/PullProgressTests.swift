import EmberSystem
import Synchronization
import Testing

@testable import EmberPull

@Suite struct PullProgressTests {
    private static let mebibyte = 1_048_576

    private func downloading(_ done: Int, of total: Int?, speed: Double? = nil) -> PullProgress {
        PullProgress(phase: .downloading, bytesDone: done, totalBytes: total, bytesPerSecond: speed)
    }

    @Test func reportsAtMostFiveTimesASecond() {
        let clock = Mutex(ContinuousClock.now)
        let time = TimeSource(wall: { 0 }, steady: { clock.withLock { $0 } }, wait: { _ in })
        let reports = PullReports()
        let meter = ProgressMeter(time, report: reports.add)
        meter.enter(.downloading, total: 10_000)
        for step in 1...1000 {
            clock.withLock { $0 += .milliseconds(10) }
            meter.advance(to: step * 10)
        }
        #expect((45...52).contains(reports.reports.count))
        #expect(reports.reports.last?.bytesDone == 10_000)
        for report in reports.reports.dropFirst() {
            #expect(abs((report.bytesPerSecond ?? 0) - 1000) < 1)
        }
    }

    @Test func theEndIsReportedHoweverSoon() {
        let reports = PullReports()
        let meter = ProgressMeter(.system, report: reports.add)
        meter.enter(.downloading, total: 100)
        meter.advance(to: 50)
        meter.advance(to: 100)
        #expect(reports.reports.last?.bytesDone == 100)
    }

    @Test func terminalLinesOverwriteEachOther() {
        var line = ProgressLine(name: "model.gguf", style: .terminal(columns: 80))
        let text = line.text(for: downloading(512 * Self.mebibyte, of: 1024 * Self.mebibyte, speed: 1_048_576))
        #expect(text == "\r\u{1B}[Kmodel.gguf: 50 %, 512.0 MiB of 1.0 GiB, 1.0 MiB/s, 8 min 32 s left")
        #expect(line.text(for: PullProgress(phase: .done, bytesDone: 12)) == "\r\u{1B}[Kmodel.gguf: done, 12 B\n")
        #expect(line.end() == "")
    }

    @Test func terminalLinesNeverWrap() {
        var line = ProgressLine(name: String(repeating: "n", count: 100), style: .terminal(columns: 40))
        let text = line.text(for: downloading(1, of: 2)) ?? ""
        #expect(text.drop { $0 != "n" }.count == 39)
        #expect(line.end() == "\n")
        #expect(line.end() == "")
    }

    @Test func logsALineEveryTenPercent() {
        var line = ProgressLine(name: "model.gguf", style: .log)
        let lines = (0...1000).compactMap { line.text(for: downloading($0, of: 1000)) }
        #expect(lines.count == 11)
        #expect(lines.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\r") })
        #expect(line.text(for: PullProgress(phase: .verifying, totalBytes: 1000)) != nil)
    }

    @Test func unknownTotalsAreNoProblem() {
        #expect(downloading(5, of: nil).percent == nil && downloading(5, of: 0).percent == nil)
        #expect(downloading(5, of: nil, speed: 1).secondsLeft == nil)
        #expect(downloading(5, of: 9, speed: 0).secondsLeft == nil)
        var line = ProgressLine(name: "m", style: .log)
        let lines = (0..<100).compactMap { line.text(for: downloading($0 * 16 * Self.mebibyte, of: nil)) }
        #expect(lines.count == 7)
    }

    @Test func retriesAreCountedFromTheLastProgress() {
        var settings = PullSettings(environment: [:], surroundings: .system)
        settings.attempts = 3
        var budget = RetryBudget(settings: settings)
        let failure = TransientFailure(reason: "lost")
        #expect(budget.wait(after: failure, kept: 0) == .seconds(1))
        #expect(budget.wait(after: failure, kept: 10) == .seconds(2))
        #expect(budget.wait(after: failure, kept: 2 * Self.mebibyte) == .seconds(1))
        #expect(budget.wait(after: failure, kept: 0) == .seconds(2))
        #expect(budget.wait(after: failure, kept: 2 * Self.mebibyte) == nil)
    }

    @Test func bytesHaveTheLargestUnitThatFits() {
        #expect(PullText.bytes(1_610_612_736) == "1.5 GiB" && PullText.bytes(0) == "0 B")
    }
}
