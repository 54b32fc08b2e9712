import EmberSystem
import Foundation

/// The energy that the processor's packages take, by the kernel's counters (Linux powercap; Intel's "running average
/// power limit", which AMD's processors have too).
///
/// Packages alone: their cores and graphics are in them, and they are in "psys", the whole board's, which many machines
/// do not have or do not feed. A reading takes some microseconds for each package, but enters the kernel.
public struct RAPL: Sendable {
    public static let defaultFolder = "/sys/class/powercap"
    private static let prefix = "intel-rapl:"

    private var packages: [Package] = []

    /// Begins to count.
    ///
    /// - Parameter folder: where the kernel shows its zones.
    /// - Throws: `RAPLError` where no package is counted, or one cannot be read.
    public init(folder: String = RAPL.defaultFolder) throws(RAPLError) {
        let names = kernelNames(in: folder)
        for name in names.sorted() where Self.isZone(name) {
            let zone = "\(folder)/\(name)"
            guard procText("\(zone)/name")?.hasPrefix("package") == true else { continue }
            packages.append(try Package(zone: zone))
        }
        if packages.isEmpty { throw .missing(folder: folder) }
    }

    /// A zone of its own, "intel-rapl:0", not a part of one, "intel-rapl:0:0"; "intel-rapl-mmio:0" is the same package
    /// again.
    private static func isZone(_ name: String) -> Bool {
        name.hasPrefix(prefix) && Int(name.dropFirst(prefix.count)) != nil
    }

    /// Joules that all packages have taken since the last call, or the beginning. Of one that cannot be read just now
    /// they come with a later call.
    public mutating func joules() -> Double {
        var microjoules: UInt64 = 0
        for index in packages.indices { microjoules += packages[index].advance() }
        return Double(microjoules) / 1e6
    }
}

extension RAPL {
    private struct Package: Sendable {
        private let file: String
        /// In microjoules, as all here: the counter's highest value, after which it begins again at 0.
        private let range: UInt64
        private var last: UInt64

        init(zone: String) throws(RAPLError) {
            file = "\(zone)/energy_uj"
            guard let last = Self.number(file) else { throw .unreadable(file: file) }
            let ofRange = "\(zone)/max_energy_range_uj"
            guard let range = Self.number(ofRange) else { throw .unreadable(file: ofRange) }
            self.range = range
            self.last = last
        }

        /// What has been taken since the last call.
        mutating func advance() -> UInt64 {
            guard let now = Self.number(file) else { return 0 }
            defer { last = now }
            guard now < last else { return now - last }
            // One that was far from its end was set back, as sleep may do, and shows what has been taken since.
            let isThrough = last > range / 2 && last < range && now < range / 2
            return isThrough ? range - last + now : now
        }

        private static func number(_ file: String) -> UInt64? {
            procText(file).flatMap { UInt64($0.split(whereSeparator: \.isWhitespace).first ?? "") }
        }
    }
}
