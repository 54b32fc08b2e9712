import EmberTestSupport
import Foundation
import Testing

@testable import EmberHardware

/// The kernel's counters of energy, made up in a folder.
@Suite struct RAPLTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func show(_ zone: String, _ name: String, microjoules: UInt64, range: UInt64 = 1_000_000) throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/\(zone)", withIntermediateDirectories: true)
        let texts = ["name": name, "energy_uj": "\(microjoules)", "max_energy_range_uj": "\(range)"]
        for (file, text) in texts { _ = try folder.write(Array("\(text)\n".utf8), as: "\(zone)/\(file)") }
    }

    @Test func packagesAreSummedFromTheBeginningOn() throws {
        try show("intel-rapl:0", "package-0", microjoules: 500_000)
        try show("intel-rapl:1", "package-1", microjoules: 100_000)
        var rapl = try RAPL(folder: folder.path)
        #expect(rapl.joules() == 0)
        try show("intel-rapl:0", "package-0", microjoules: 750_000)
        try show("intel-rapl:1", "package-1", microjoules: 600_000)
        #expect(rapl.joules() == 0.75)
        #expect(rapl.joules() == 0)
    }

    /// Parts of a package, the board that it is in, and the same package by another way would count twice.
    @Test func onlyPackagesCount() throws {
        let others = [
            ("intel-rapl:0:0", "core"), ("intel-rapl:0:1", "package-part"), ("intel-rapl:1", "psys"),
            ("intel-rapl-mmio:0", "package-0"), ("dtpm", "package-9"),
        ]
        try show("intel-rapl:0", "package-0", microjoules: 0)
        for (zone, name) in others { try show(zone, name, microjoules: 0) }
        var rapl = try RAPL(folder: folder.path)
        try show("intel-rapl:0", "package-0", microjoules: 125_000)
        for (zone, name) in others { try show(zone, name, microjoules: 500_000) }
        #expect(rapl.joules() == 0.125)
    }

    /// From 0.9 J over the highest value, 1 J, to 0.15 J.
    @Test func aCounterBeginsAgain() throws {
        try show("intel-rapl:0", "package-0", microjoules: 900_000)
        var rapl = try RAPL(folder: folder.path)
        try show("intel-rapl:0", "package-0", microjoules: 150_000)
        #expect(rapl.joules() == 0.25)
        try show("intel-rapl:0", "package-0", microjoules: 160_000)
        #expect(rapl.joules() == 0.01)
    }

    /// A counter that falls from 0.4 J of 1 J has not gone round.
    @Test func aCounterIsSetBack() throws {
        try show("intel-rapl:0", "package-0", microjoules: 400_000)
        var rapl = try RAPL(folder: folder.path)
        try show("intel-rapl:0", "package-0", microjoules: 50_000)
        #expect(rapl.joules() == 0.05)
    }

    @Test func whatIsMissingIsSaid() throws {
        let folder = folder.path
        #expect(throws: RAPLError.missing(folder: folder)) { try RAPL(folder: folder) }
        try show("intel-rapl:0", "psys", microjoules: 0)
        #expect(throws: RAPLError.missing(folder: folder)) { try RAPL(folder: folder) }
        #expect(throws: RAPLError.missing(folder: "/nowhere")) { try RAPL(folder: "/nowhere") }
    }

    /// A folder in its place: for root, no permission keeps a file from being read.
    @Test func whatCannotBeReadIsSaidWithWhatPermitsIt() throws {
        try show("intel-rapl:0", "package-0", microjoules: 0)
        let file = "\(folder.path)/intel-rapl:0/energy_uj"
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        let error = #expect(throws: RAPLError.self) { try RAPL(folder: folder.path) }
        #expect(error == .unreadable(file: file))
        #expect(error?.description.contains("sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj") == true)
    }

    /// What could not be read for a while comes later, once.
    @Test func aReadingThatFailsIsMadeUpFor() throws {
        try show("intel-rapl:0", "package-0", microjoules: 100_000)
        var rapl = try RAPL(folder: folder.path)
        _ = try folder.write([], as: "intel-rapl:0/energy_uj")
        #expect(rapl.joules() == 0)
        try show("intel-rapl:0", "package-0", microjoules: 350_000)
        #expect(rapl.joules() == 0.25)
    }
}
