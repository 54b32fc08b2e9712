import Foundation

/// Models of the development cache; tests that need one are skipped where it is missing.
package enum TestModels {
    package static func path(_ name: String) -> String? {
        let environment = ProcessInfo.processInfo.environment
        let cache =
            environment["EMBER_CACHE"] ?? environment["XDG_CACHE_HOME"].map { $0 + "/ember" }
            ?? NSHomeDirectory() + "/.cache/ember"
        let file = "\(cache)/models/\(name)"
        return FileManager.default.fileExists(atPath: file) ? file : nil
    }
}
