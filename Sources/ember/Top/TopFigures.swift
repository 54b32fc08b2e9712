import EmberServer
import Foundation

/// The lines above the table: the server, memory, requests, costs, the cloud.
struct TopFigures {
    typealias Line = TopFrame.Line

    private let state: StateView
    private let before: StateView?
    private let address: String
    /// Between both states; 0: there is only one.
    private let seconds: Double

    private static let barWidth = 30

    init(_ state: StateView, since before: StateView?, _ address: String) {
        (self.state, self.address) = (state, address)
        // Another run of Ember counts from 0.
        let isSameRun = before.map { $0.uptime < state.uptime } ?? false
        self.before = isSameRun ? before : nil
        seconds = isSameRun ? state.uptime - (before?.uptime ?? 0) : 0
    }

    var lines: [Line] {
        var lines = [
            Line(words: "Ember at \(address), up \(Self.duration(state.uptime)), policy \(state.policy)"), memory,
            requests, costs,
        ]
        if let cloud { lines.append(cloud) }
        return lines + [others, Line(words: "")]
    }

    private var memory: Line {
        let (used, budget) = (state.memory.occupiedBytes, max(1, state.memory.budgetBytes))
        let filled = min(Self.barWidth, used * Self.barWidth / budget)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.barWidth - filled)
        return Line(
            words: "memory  [\(bar)] \(Self.bytes(used)) of \(Self.bytes(budget))",
            tone: used > budget ? .alarm : .plain)
    }

    private var requests: Line {
        let cost = state.cost
        var words = "queue   \(state.queue.waiting) of \(state.queue.limit) waiting"
        if let rate = rate({ Double($0.cost.edgeRequests + $0.cost.cloudRequests) }) {
            words += String(format: ", %.1f requests a second", rate)
        }
        words += "; edge \(cost.edgeRequests), cloud \(cost.cloudRequests), refused \(cost.rejectedRequests)"
        return Line(words: words, tone: state.queue.waiting >= state.queue.limit ? .alarm : .plain)
    }

    private var costs: Line {
        let cost = state.cost
        var words = String(format: "cost    %.1f", cost.total)
        if let rate = rate({ $0.cost.total }) { words += String(format: " (%.2f a second)", rate) }
        words += ", \(cost.loads) loads, \(cost.evictions) evictions"
        words += String(format: ", %.0f J \(cost.joulesSource.rawValue)", cost.joules)
        return Line(words: words)
    }

    private var cloud: Line? {
        guard let cloud = state.cloud else { return nil }
        var words = String(
            format: "cloud   %.4g spent today, %.4g this month, %.4g set aside", cloud.spentToday, cloud.spentThisMonth,
            cloud.setAside)
        let disabled = cloud.upstreams.filter { $0.retrySeconds != nil }
        for upstream in disabled {
            words += String(format: "; \(upstream.name) disabled for %.0f s", upstream.retrySeconds ?? 0)
        }
        return Line(words: words, tone: disabled.isEmpty ? .plain : .alarm)
    }

    private var others: Line {
        var parts: [String] = []
        if let connections = state.connections {
            parts.append("\(connections.open) of \(connections.limit) connections")
        }
        if let bodies = state.bodies { parts.append("bodies \(Self.bytes(bodies.bytes))") }
        if let context = state.context {
            parts.append("\(context.savedStates) states (\(Self.bytes(context.savedBytes)))")
            parts.append("\(context.counters.slots.reusedTokens) tokens reused")
        }
        return Line(words: "server  " + parts.joined(separator: ", "))
    }

    /// nil: there is no earlier state.
    private func rate(_ count: (StateView) -> Double) -> Double? {
        guard let before, seconds > 0 else { return nil }
        return max(0, count(state) - count(before)) / seconds
    }

    /// Such as "340 MiB" or "7.5 GiB".
    static func bytes(_ bytes: Int) -> String {
        let mebibytes = Double(bytes) / 1_048_576
        return mebibytes < 1000 ? String(format: "%.0f MiB", mebibytes) : String(format: "%.1f GiB", mebibytes / 1024)
    }

    private static func duration(_ seconds: Double) -> String {
        let (minutes, hours) = (Int(seconds) / 60, Int(seconds) / 3600)
        if minutes == 0 { return "\(Int(seconds)) s" }
        if hours == 0 { return "\(minutes) min" }
        return hours < 48 ? "\(hours) h \(minutes % 60) min" : "\(hours / 24) days \(hours % 24) h"
    }
}
