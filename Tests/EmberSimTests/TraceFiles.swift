import CZlib
import Foundation

@testable import EmberSim

/// A folder of small files for one test, gone with it.
final class TraceFiles {
    let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "ember-traces-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path(percentEncoded: false)
    }

    /// Small files under the names that shipped scenarios ask for.
    static func samples() throws -> TraceFiles {
        let files = try TraceFiles()
        let windows = (0..<16).map { (client: "\($0)", seconds: $0 * 600, rate: Double($0), variation: 1.0) }
        try files.write("servegen/servegen_rates.csv.gz", servegen(windows))
        try files.write("azure-mooncake.csv", plainHeader + (0..<100).map { "\($0),code,,\($0 * 100),1\n" }.joined())
        return files
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Writes a file, compressed if its name ends in gz; its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let path = path(name)
        let folder = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard name.hasSuffix("gz") else {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let file = gzopen(path, "wb")
        gzwrite(file, text, UInt32(text.utf8.count))
        gzclose(file)
        return path
    }
}

/// A line a client and window, of the columns that ServeGen's packed rates have.
func servegen(_ lines: [(client: String, seconds: Int, rate: Double, variation: Double)]) -> String {
    "category,model,client,t_s,rate_rps,cv,pattern,p1,p2\n"
        + lines.map { "language,m-\($0.client),\($0.client),\($0.seconds),\($0.rate),\($0.variation),Gamma,1,1\n" }
        .joined()
}

let plainHeader = "time,service,model,input_tokens,output_tokens\n"
