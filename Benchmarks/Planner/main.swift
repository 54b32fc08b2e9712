import BenchmarkSupport
import EmberCore
import Foundation

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(64)
}

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else { fail(Options.usage) }

if let policy = options.only {
    guard let entry = PolicyCatalog.entry(named: policy) else {
        fail("--only: no policy is called '\(policy)'; there are \(PolicyCatalog.names.joined(separator: ", "))")
    }
    var drive = drive(entry, Stream(models: 64))
    print("\(policy): \(fixed(drive.run(200_000).nanoseconds, 0)) ns a request")
} else {
    let report = Report(isQuick: options.isQuick)
    print(report.markdown)
    if let file = options.jsonFile {
        do { try report.json.write(to: URL(fileURLWithPath: file)) } catch {
            fail("--json: \(file) cannot be written: \(error.localizedDescription)")
        }
    }
}
