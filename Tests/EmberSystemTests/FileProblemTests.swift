import Foundation
import Testing

@testable import EmberSystem

/// Why a file could not be read or written, in one line.
@Suite struct FileProblemTests {
    private func caused(by domain: String, _ code: Int) -> NSError {
        let cause = NSError(domain: domain, code: code, userInfo: [NSLocalizedDescriptionKey: "a cause"])
        return NSError(
            domain: "d", code: 1, userInfo: [NSUnderlyingErrorKey: cause, NSLocalizedDescriptionKey: "over\ntwo lines"])
    }

    @Test func theSystemsWordsGoFirst() {
        let none = String(cString: strerror(ENOSPC))
        #expect(FileProblem.reason(of: caused(by: NSPOSIXErrorDomain, Int(ENOSPC))) == none)
        #expect(FileProblem.reason(of: caused(by: NSCocoaErrorDomain, Int(ENOSPC))) == "over two lines")
        #expect(
            FileProblem.reason(of: FileProblem("s.json cannot be written", ENOSPC))
                == "s.json cannot be written (\(none))")
        #expect(FileProblem("x", caused(by: NSPOSIXErrorDomain, Int(ENOSPC))).description == "x (\(none))")
    }

    @Test func foundationsErrorsAreToldByTheirCause() {
        let error = #expect(throws: (any Error).self) { try Data(contentsOf: URL(fileURLWithPath: "/no/such/file")) }
        #expect(error.map { FileProblem.reason(of: $0) } == String(cString: strerror(ENOENT)))
    }
}
