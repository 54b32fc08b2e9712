/// Why the store could not do what it was asked; the description is one line that says what to do.
public enum StoreError: Error, Hashable, Sendable {
    /// The state folder, or a file in it, cannot be made, opened or written.
    case unwritable(path: String, reason: String)
    /// Another process has the store open.
    case inUse(path: String)
    /// A newer Ember has written the file.
    case newer(path: String)
    /// The file is a database, but not one of Ember's.
    case foreign(path: String)
    /// The file was found damaged while in use.
    case damaged(path: String, reason: String)
    case diskFull(path: String)
    case invalid(FieldProblem)
    /// The service has a demonstration of this request already.
    case alreadyThere(request: String, service: String)
    /// Quotas are filled with what is worth more, or the demonstrations are larger than a quota.
    case noRoom(demonstrations: Int)
    /// Lines of an import cannot be read; `more` others are not listed.
    case badLines([LineProblem], more: Int)
    case importTooLong(limitBytes: Int)
    case closed
    /// Any other failure of the database, in its own words.
    case failed(path: String, reason: String)
}

extension StoreError {
    /// The disk is at fault, and not what lies on it or who uses it.
    public var isOfDisk: Bool {
        switch self {
        case .unwritable, .diskFull, .failed: true
        default: false
        }
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unwritable(let path, let reason):
            "\(path) cannot be written (\(reason)): check its permissions, or name another state folder"
        case .inUse(let path):
            "\(path) is in use by another process: stop the other Ember, or name another state folder"
        case .newer(let path):
            "\(path) was written by a newer Ember: use that version, or name another state folder"
        case .foreign(let path):
            "\(path) is a database of another program: move it away, or name another state folder"
        case .damaged(let path, let reason):
            "\(path) is damaged (\(reason)): start Ember again; it checks the file and moves it aside"
        case .diskFull(let path):
            "the disk of \(path) is full: free some space on it"
        case .invalid(let problem): problem.description
        case .alreadyThere(let request, let service):
            "service \(service) has a demonstration of request \(request) already: rate or remove that one"
        case .noRoom(let count):
            "\(count) demonstrations find no room beside those that are worth more: remove some, or raise the quotas"
        case .badLines(let problems, let more):
            problems.map(\.description).joined(separator: "; ") + (more > 0 ? "; and \(more) more bad lines" : "")
        case .importTooLong(let limit):
            "the import is longer than \(limit) bytes: split it"
        case .closed: "the context store is closed"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }
}
