import ArgumentParser
import EmberConfig
import EmberServer
import EmberSystem
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check what Ember needs of this machine, and say what to do.",
        discussion: """
            Engine, memory, GPU, open files, folders, address, clock and proxies; with a configuration, its models too. Without \
            one, what 'ember serve FILE.gguf' would use is checked. Each line is ok, warning or problem; the exit code is 1 where \
            there is a problem. Run it as the user that Ember runs as.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print the findings as JSON.")
    var json = false

    private struct Report: Encodable {
        var ember: String
        var findings: [Finding]
    }

    func run() async throws {
        OpenFiles.raiseLimit()
        let (configuration, folders, isOwn) = try read()
        let environment = ProcessInfo.processInfo.environment
        let doctor = Doctor(configuration, isOwn: isOwn, folders: folders, environment: environment, .system)
        let findings = await doctor.findings { await RunningEmber($0, key: environment["EMBER_KEY"]).answer }
        if json { try printJSON(Report(ember: EmberVersion.current, findings: findings)) } else { show(findings) }
        if findings.contains(where: { $0.grade == .problem }) { throw ExitCode.failure }
    }

    /// The configuration where there is one; else that of an example, whose models do not matter.
    private func read() throws -> (Configuration, ConfigurationFolders, isOwn: Bool) {
        if options.hasFile {
            let (configuration, folders, _) = try options.read()
            return (configuration, folders, true)
        }
        let (configuration, folders) = try options.read(text: ConfigurationExample.minimal, source: "the defaults")
        return (configuration, folders, false)
    }

    private func show(_ findings: [Finding]) {
        for finding in findings {
            let grade = finding.grade.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            print("\(grade) \(finding.subject): \(finding.found)\(finding.fix.map { ": \($0)" } ?? "")")
        }
    }
}
