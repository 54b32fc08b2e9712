import Foundation

/// Why a file could not be read or written, in one line.
public struct FileProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
    /// The system's reason alone; nil where the problem is none of the system's.
    package let reason: String?

    package init(description: String) { (self.description, reason) = (description, nil) }

    /// - Parameter code: the system's error number.
    package init(_ what: String, _ code: Int32) { self.init(what, reason: String(cString: strerror(code))) }

    package init(_ what: String, _ error: any Error) { self.init(what, reason: Self.reason(of: error)) }

    private init(_ what: String, reason: String) { (description, self.reason) = ("\(what) (\(reason))", reason) }

    /// In one line: Foundation's errors describe themselves over several, and leave out the system's own reason.
    public static func reason(of error: any Error) -> String {
        if let problem = error as? FileProblem { return problem.description }
        let error = error as NSError
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError, cause.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(cause.code)))
        }
        return error.localizedDescription.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
